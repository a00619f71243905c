// Written by `npm run api` from backend-api/openapi.json.
export interface paths {
    "/v1/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Carry out up to 100 commands
         * @description One after the other, each in a transaction of its own, or all of them in one (`all_or_nothing`). The `id` of a command is its
         *     idempotency key: what was carried out before is not carried out again, and answers the same, so a batch can be sent again
         *     when its answer was lost. A command may call what an earlier one creates by its `temp_id`; if that one was refused, it
         *     is not tried. The answer is 200 whatever became of the commands: see the status of each.
         */
        post: operations["run_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/filters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List filters, in their order */
        get: operations["list_filters"];
        put?: never;
        /**
         * Save a filter
         * @description `GET /v1/tasks?filter_id=…` lists by it. Names are unique per user; case makes no difference.
         */
        post: operations["create_filter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/filters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a filter */
        get: operations["get_filter"];
        put?: never;
        post?: never;
        /**
         * Delete a filter
         * @description Tasks that it lists stay as they are. The tombstone is told to `/v1/sync`.
         */
        delete: operations["delete_filter"];
        options?: never;
        head?: never;
        /**
         * Change a filter
         * @description JSON merge-patch (RFC 7396). A list that was begun by it begins anew: its cursors are of the filter as it was.
         */
        patch: operations["update_filter"];
        trace?: never;
    };
    "/v1/filters/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a filter
         * @description Right after or right before another one, in the order of `order_key`. No other filter changes.
         */
        post: operations["move_filter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the settings
         * @description What the caller chose for all tasks; of who never chose anything, version 0 with what everybody begins with.
         */
        get: operations["get_settings"];
        put?: never;
        post?: never;
        /**
         * Delete everything
         * @description All tasks, series, projects, tags, filters and settings of the caller, for good: nothing can be restored, and the words are gone from
         *     the database. Other devices are told. What is kept elsewhere is in the answer: erasing it from the audit log comes with a
         *     later version. If the call is interrupted it can be made again.
         */
        delete: operations["delete_account"];
        options?: never;
        head?: never;
        /**
         * Change the settings
         * @description JSON merge-patch (RFC 7396). Tasks that are there already stay as they are.
         */
        patch: operations["update_settings"];
        trace?: never;
    };
    "/v1/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export everything
         * @description Newline-delimited JSON: a line for each task, series, project, tag and filter and for the settings, as `/v1/sync` has them, in the order
         *     of their last change, and at last a line of type `end` with the position that all of it stands at: without that line
         *     something is missing. What is changed while it is read comes once more, and the later line holds.
         */
        get: operations["export_account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List projects, in their order */
        get: operations["list_projects"];
        put?: never;
        /**
         * Create a project
         * @description Tasks hold its id. Names are unique per user; case makes no difference.
         */
        post: operations["create_project"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/projects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a project */
        get: operations["get_project"];
        put?: never;
        post?: never;
        /**
         * Delete a project
         * @description All its tasks are deleted with it, closed ones too, and the series that they are occurrences of end: each change is an
         *     event of its own, and all are one action. The tasks can be restored for 30 days, without the project. A project with
         *     more than 5,000 tasks is refused.
         */
        delete: operations["delete_project"];
        options?: never;
        head?: never;
        /**
         * Change a project
         * @description JSON merge-patch (RFC 7396). Its tasks stay as they are, also when it is archived.
         */
        patch: operations["update_project"];
        trace?: never;
    };
    "/v1/projects/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a project
         * @description Right after or right before another one, in the order of `order_key`. No other project changes.
         */
        post: operations["move_project"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quick-add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a task from one line of text
         * @description Reads English or German, says which characters it took for what, and never guesses in silence: where two readings are
         *     possible a note says which one was taken, and what is doubtful stays in the title. The task is created as by `POST /v1/tasks`,
         *     with the zone and the reminders of the settings. Tags and projects are found by their names, and created only with
         *     `create_missing`. With `dry_run` nothing is created, and the answer is 200.
         */
        post: operations["quick_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recurrence/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Preview a rule
         * @description The first occurrences of a task that is due at `start` and recurs as given: what completing it creates, and what
         *     completing that creates, computed by the code that creates them. With `anchor: completion`, and with `missed: skip`,
         *     they depend on when each is completed: the first at `completed_at`, each later one when its time (or its day) begins,
         *     or at once if that is over already. With `anchor: schedule` and `missed: keep` they depend on the rule alone.
         */
        post: operations["preview_recurrence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/series/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a series */
        get: operations["get_series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a series
         * @description JSON merge-patch (RFC 7396) of how it goes on after its newest occurrence: rule, anchor, what becomes of missed slots, and
         *     exceptions. What the occurrences say is changed with `PATCH /v1/tasks/{id}?scope=…`, and so is when they are due.
         */
        patch: operations["update_series"];
        trace?: never;
    };
    "/v1/series/{id}/occurrences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the occurrences of a series, newest first
         * @description Open ones and closed ones; those that were deleted are left out. Those to come are in the preview.
         */
        get: operations["list_occurrences"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/series/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Preview a series
         * @description The occurrences that follow the newest one, if it is completed when its time (or its day) begins, or now if that is over, and
         *     each later one likewise: what completing creates, computed by the code that creates it. One that was closed was completed
         *     when it was closed.
         */
        get: operations["preview_series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/series/{id}/skip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave out the open occurrence
         * @description It is closed without being done, and the next one comes shortly after. Answers the occurrence.
         */
        post: operations["skip_series"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/series/{id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a series
         * @description No occurrence follows. The open one stays, as a task that does not recur. Ending a series that has ended changes nothing.
         */
        post: operations["stop_series"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the figures of a dashboard
         * @description They are kept by each change, not counted over the tasks. Those of a project that was deleted count in the whole alone. With
         *     `project_id` everything is about that project.
         */
        get: operations["get_stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Catch up with all changes since a position
         * @description Each changed task, series, tag, project and filter, and the settings if they changed, come once, as they are now. A position of another epoch, from the future or so old that
         *     tombstones are gone is answered by everything, with `full_resync`.
         */
        get: operations["sync"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tags, oldest first */
        get: operations["list_tags"];
        put?: never;
        /**
         * Create a tag
         * @description Tasks hold its id. Names are unique per user; case makes no difference.
         */
        post: operations["create_tag"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tags/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a tag */
        get: operations["get_tag"];
        put?: never;
        post?: never;
        /**
         * Delete a tag
         * @description Tasks keep its id, which says nothing any more and is to be ignored. The tombstone is told to `/v1/sync`.
         */
        delete: operations["delete_tag"];
        options?: never;
        head?: never;
        /**
         * Rename a tag
         * @description One change of the tag, whatever number of tasks hold it: their rows and versions stay as they are.
         */
        patch: operations["update_tag"];
        trace?: never;
    };
    "/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tasks, those that are due soonest first
         * @description A cursor goes on exactly where its page ended: tasks that come meanwhile move nothing. It is of its filters and its order
         *     alone.
         */
        get: operations["list_tasks"];
        put?: never;
        /**
         * Create a task
         * @description A task that recurs becomes the first occurrence of a series. A relative reminder whose time has already passed is
         *     kept and never fires. With an `id` of the client's own the same body is answered by the first result for ever, so that
         *     it can be sent again after a week offline; that id with another body is refused.
         */
        post: operations["create_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a task */
        get: operations["get_task"];
        put?: never;
        post?: never;
        /**
         * Delete a task
         * @description Its sub-tasks stay. The tombstone is told to `/v1/sync`. Of a task that recurs this occurrence is deleted, and an open one
         *     counts as skipped; with `scope=following` or `scope=all` the other open ones go too, and the series ends.
         */
        delete: operations["delete_task"];
        options?: never;
        head?: never;
        /**
         * Change a task
         * @description JSON merge-patch (RFC 7396): what is absent stays untouched, null clears. A patch that changes nothing makes no new
         *     version. A new rule counts from this occurrence on, and null ends the series; both are for its newest occurrence.
         *     Without a scope a new due time moves this occurrence alone, and everything else goes on with the series.
         *     `scope=this` keeps all of it to this occurrence: the next one says what this one said before. `scope=following` and
         *     `scope=all` change other open occurrences too, and a new due time moves the series.
         */
        patch: operations["update_task"];
        trace?: never;
    };
    "/v1/tasks/{id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Complete a task
         * @description Completing a completed task changes nothing and answers the same. Its sub-tasks stay as they are. A recurring
         *     task comes back shortly after, and all its sub-tasks with it, open again.
         */
        post: operations["complete_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a task
         * @description Right after or right before another one, in the order of `order_key`. No other task changes.
         */
        post: operations["move_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a task again
         * @description Its reminders that are still ahead are scheduled again. An occurrence that has followed it meanwhile stays.
         */
        post: operations["reopen_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore a deleted task
         * @description For 30 days: it is again as it was, open or closed, but without a project or a parent that is not there any more. Its
         *     reminders that are still ahead are scheduled again. A series that ended with it stays ended, and an occurrence that has
         *     followed it meanwhile stays. Restoring a task that is not deleted changes nothing.
         */
        post: operations["restore_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tasks/{id}/skip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave a task out
         * @description The task is closed without being done. A recurring task comes back shortly after.
         */
        post: operations["skip_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What became of the account. */
        AccountDeleted: {
            deleted: components["schemas"]["Deleted"];
            /** @description What is kept elsewhere, and for how long. */
            kept: string[];
        };
        /** @description What became of the commands. */
        BatchAnswer: {
            /** @description False when all or nothing was asked for and one of them was refused: then nothing was done. */
            committed: boolean;
            /** @description One for each command, in order. */
            results: components["schemas"]["CommandResult"][];
            /** @description The ids of what was created under a name. */
            temp_ids: {
                [key: string]: string;
            };
        };
        /**
         * @description Commands that are carried out one after the other.
         * @example {
         *       "commands": [
         *         {
         *           "body": {
         *             "name": "Garden"
         *           },
         *           "command": "project.create",
         *           "id": "c1",
         *           "temp_id": "garden"
         *         },
         *         {
         *           "body": {
         *             "project_id": "garden",
         *             "title": "Water the plants"
         *           },
         *           "command": "task.create",
         *           "id": "c2",
         *           "temp_id": "plants"
         *         },
         *         {
         *           "command": "task.complete",
         *           "id": "c3",
         *           "target": "plants"
         *         }
         *       ]
         *     }
         */
        BatchRequest: {
            /** @description True carries out all of them or none, in one transaction; else each is carried out by itself. */
            all_or_nothing?: boolean;
            /** @description In order. */
            commands: components["schemas"]["CommandInput"][];
        };
        /** @description A command. */
        CommandInput: {
            /** @description As the request of that kind has it. */
            body?: Record<string, never>;
            /**
             * @description What is done: `task.create`, `task.update`, `task.complete`, `task.reopen`, `task.skip`, `task.delete`, `task.restore`,
             *     `task.move`, `series.update`, `series.skip`, `series.stop`, `project.create`, `project.update`, `project.delete`,
             *     `project.move`, `tag.create`, `tag.update`, `tag.delete`, `filter.create`, `filter.update`, `filter.delete`,
             *     `filter.move` or `settings.update`.
             */
            command: string;
            /** @description The client's name for it: its idempotency key. Different from all others of the batch. */
            id: string;
            /**
             * Format: int64
             * @description The version that is meant, like `If-Match`.
             */
            if_match?: number;
            /** @description Which occurrences are meant: `this`, `following` or `all`. */
            scope?: string;
            /** @description The id of what it is done to, or the `temp_id` of an earlier command. */
            target?: string;
            /**
             * @description A name for what it creates, by which later commands can call it: as `target`, and in `parent_id`, `project_id`, `tags`,
             *     `after` and `before`.
             */
            temp_id?: string;
        };
        /** @description What became of a command: as if it had been a request of its own. */
        CommandResult: {
            /** @description What was changed, as it is then; absent once it is deleted. */
            body?: Record<string, never>;
            /** @description The version of what was changed, as an entity tag. */
            etag?: string;
            /** @description The command's. */
            id: string;
            /**
             * Format: int64
             * @description How far the user's changes have come with it.
             */
            position?: number;
            /** @description Why it was refused; a pointer points into the command's body. */
            problem?: components["schemas"]["Problem"];
            /**
             * Format: int32
             * @description The HTTP status of the request that it stands for; 424 when it was not tried because of another one.
             */
            status: number;
        };
        /** @description What was deleted. */
        Deleted: {
            filters: number;
            projects: number;
            tags: number;
            tasks: number;
        };
        /** @description A day of the calendar. */
        DoneOnDay: {
            /** Format: int64 */
            count: number;
            /** Format: date */
            date: string;
        };
        /** @description A filter that was saved: `GET /v1/tasks?filter_id=…` lists by it. */
        Filter: {
            /** Format: date-time */
            created_at: string;
            /**
             * @description What it says of tasks, as its user wrote it. Names in it are looked up when it is used.
             * @example due < today + 7d and tag = home
             */
            filter: string;
            /** Format: uuid */
            id: string;
            /**
             * @description What people call it, on one line and in NFC.
             * @example Soon at home
             */
            name: string;
            /**
             * @description Its place among the filters: the lower text, compared byte by byte, comes first. `move` changes it.
             * @example 0661A4B2C3D58080
             */
            order_key: string;
            /**
             * Format: int64
             * @description The user's position of the last change.
             */
            position: number;
            /**
             * @description The order of its list, unless another one is asked for; null for the usual one.
             * @example -priority,due
             */
            sort?: string | null;
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Rises by 1 with every change; the `ETag` says the same.
             */
            version: number;
        };
        /** @description A page of filters. */
        FilterPage: {
            items: components["schemas"]["Filter"][];
            /** @description Where the list goes on; null at its end. */
            next_cursor?: string | null;
        };
        /**
         * @description A merge-patch of a saved filter: absent is untouched, null clears.
         * @example {
         *       "filter": "due < today + 7d and has due",
         *       "name": "Soon at home",
         *       "sort": "-priority,due"
         *     }
         */
        FilterPatch: {
            /**
             * Format: filter
             * @description What it says of tasks, as `docs/FILTERS.md` describes it; cannot be cleared. It is kept as it is written. Names in it are
             *     looked up when it is used.
             */
            filter?: string;
            /** @description What people call it, on one line; cannot be cleared. Case makes no difference between two filters. */
            name?: string;
            /** @description The order of its list, as `sort` of `GET /v1/tasks` has it; null for the usual one. */
            sort?: string | null;
        };
        /** @description How a task was found. */
        Hit: {
            /** @description The same of the first 4,000 characters of the description. */
            description: components["schemas"]["Place"][];
            /**
             * Format: int32
             * @description Whole words count more than beginnings of words, and these more than words that are only like those searched for;
             *     the title counts more than names of tags and the project, and these more than the description.
             * @example 16
             */
            score: number;
            /** Format: uuid */
            task_id: string;
            /** @description Where words of the title begin like one that was searched for, or are like it. */
            title: components["schemas"]["Place"][];
        };
        /** @description A local time, or a whole day, in a zone: exactly one of `datetime` and `date` is there. */
        Moment: {
            /** @example 2026-12-01 */
            date?: string;
            /** @example 2026-12-01T09:00:00 */
            datetime?: string;
            /** @example Europe/Berlin */
            timezone: string;
        };
        /** @description A local time, or a whole day, in a zone: `datetime` or `date`, and each takes the place of the other. */
        MomentInput: {
            /**
             * Format: date
             * @description A whole day.
             */
            date?: string | null;
            /** @description Local wall time. */
            datetime?: string | null;
            /**
             * Format: zone
             * @description IANA zone; that of the settings if it is left out where none was before.
             */
            timezone?: string;
        };
        /**
         * @description What is sent to save a filter. `name` and `filter` must be there.
         * @example {
         *       "filter": "due < today + 7d and has due",
         *       "name": "Soon at home",
         *       "sort": "-priority,due"
         *     }
         */
        NewFilter: {
            /**
             * Format: filter
             * @description What it says of tasks, as `docs/FILTERS.md` describes it; cannot be cleared. It is kept as it is written. Names in it are
             *     looked up when it is used.
             */
            filter: string;
            /** @description What people call it, on one line; cannot be cleared. Case makes no difference between two filters. */
            name: string;
            /** @description The order of its list, as `sort` of `GET /v1/tasks` has it; null for the usual one. */
            sort?: string | null;
        };
        /**
         * @description What is sent to create a project. Only `name` must be there.
         * @example {
         *       "color": "#2e7d32",
         *       "name": "Garden"
         *     }
         */
        NewProject: {
            /**
             * @description True puts it out of the way; null is false.
             * @default false
             */
            archived?: boolean | null;
            /** @description `#rrggbb`. */
            color?: string | null;
            /** @description What people call it, on one line; cannot be cleared. Case makes no difference between two projects. */
            name: string;
        };
        /**
         * @description What is sent to create a tag.
         * @example {
         *       "name": "garden"
         *     }
         */
        NewTag: {
            /** @description What people call it, on one line. Case makes no difference between two tags. */
            name: string;
        };
        /**
         * @description What is sent to create a task. Only `title` must be there; null is the same as absent.
         * @example {
         *       "due": {
         *         "datetime": "2030-12-01T09:00:00",
         *         "timezone": "Europe/Berlin"
         *       },
         *       "estimate": 30,
         *       "recurrence": {
         *         "rrule": "FREQ=WEEKLY;BYDAY=MO,TH"
         *       },
         *       "reminders": [
         *         {
         *           "before": "PT1H"
         *         }
         *       ],
         *       "title": "Water the plants"
         *     }
         * @example {
         *       "due": {
         *         "date": "2030-12-31",
         *         "timezone": "Europe/Berlin"
         *       },
         *       "priority": "high",
         *       "recurrence": {
         *         "every": 1,
         *         "unit": "month"
         *       },
         *       "title": "Pay the rent"
         *     }
         */
        NewTask: {
            /**
             * @description Keep a new due time or reminder that lies in the past, instead of refusing it.
             * @default false
             */
            allow_past_due?: boolean | null;
            /** @description More about it, up to 32 KiB. */
            description?: string | null;
            due?: components["schemas"]["MomentInput"] | null;
            /**
             * Format: int32
             * @description How many minutes of work it is thought to be.
             */
            estimate?: number | null;
            /**
             * Format: uuid
             * @description A UUID of version 7, made by the client: a task with it is created once, however often it is sent.
             */
            id?: string | null;
            /**
             * Format: uuid
             * @description The task that it is a part of.
             */
            parent_id?: string | null;
            /**
             * @description `low`, `normal`, `high` or `critical`; null is `normal`.
             * @default normal
             */
            priority?: string | null;
            /**
             * Format: uuid
             * @description A project.
             */
            project_id?: string | null;
            recurrence?: components["schemas"]["RecurrenceInput"] | null;
            /**
             * @description When to remind: all of them, the list is replaced. `before` needs the time that it counts from. A new task that is
             *     due and says nothing here is reminded as its user's settings say.
             */
            reminders?: components["schemas"]["ReminderInput"][] | null;
            start?: components["schemas"]["MomentInput"] | null;
            /** @description Ids of tags: all of them, the list is replaced. That of a deleted tag may stay and cannot be added. */
            tags?: string[] | null;
            /** @description What is to be done, on one line; cannot be cleared. */
            title: string;
        };
        /** @description A part of a text, in characters (Unicode scalar values). */
        Place: {
            /**
             * @description The first character after it.
             * @example 8
             */
            end: number;
            /**
             * @description The first character of it.
             * @example 4
             */
            start: number;
        };
        /** @description A place beside another one of the kind: exactly one of `after` and `before`. */
        PlaceInput: {
            /**
             * Format: uuid
             * @description The one that it comes right after.
             */
            after?: string;
            /**
             * Format: uuid
             * @description The one that it comes right before.
             */
            before?: string;
        };
        /** @description The occurrences to come. */
        Preview: {
            /** @description In order; fewer than asked for when the rule ends, and none later than 400 years ahead. */
            occurrences: components["schemas"]["PreviewItem"][];
        };
        /** @description One occurrence. */
        PreviewItem: {
            due: components["schemas"]["Moment"];
            /** Format: date-time */
            due_at: string;
            /** Format: int32 */
            ordinal: number;
        };
        /**
         * @description A rule to preview.
         * @example {
         *       "count": 5,
         *       "recurrence": {
         *         "rrule": "FREQ=WEEKLY;BYDAY=MO,TH"
         *       },
         *       "start": "2026-12-01T09:00:00",
         *       "timezone": "Europe/Berlin"
         *     }
         * @example {
         *       "recurrence": {
         *         "every": 1,
         *         "unit": "month"
         *       },
         *       "start": "2027-01-31",
         *       "timezone": "Europe/Berlin"
         *     }
         */
        PreviewRequest: {
            /**
             * Format: date-time
             * @description When the first occurrence is completed; absent: when its time (or its day) begins, or now if that is over.
             */
            completed_at?: string | null;
            /**
             * Format: int32
             * @description How many occurrences.
             * @default 10
             */
            count?: number | null;
            /** @description Wall times at which there is no occurrence (RFC 5545 EXDATE). */
            exdates?: string[];
            /** @description Wall times of occurrences besides those of the rule (RFC 5545 RDATE). */
            rdates?: string[];
            /** @description As in a task. */
            recurrence: components["schemas"]["RecurrenceInput"];
            /** @description When the first occurrence is due: a local date and time, or a date for a whole day. */
            start: string;
            /**
             * Format: zone
             * @description IANA zone.
             */
            timezone: string;
        };
        /** @description What went wrong, with a stable `type` and, for bad input, a JSON pointer to the field. */
        Problem: {
            /** @description What went wrong this time. */
            detail?: string;
            /** @description JSON pointer to the bad field of the request. */
            pointer?: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The kind of problem in words. */
            title: string;
            /** @description Stable name of this kind of problem, as in `urn:taskwire:problem:not-found`. */
            type: string;
        };
        Project: {
            /** @description True when it is out of the way; its tasks are as they were. */
            archived: boolean;
            /**
             * @description Of its mark on a screen.
             * @example #2e7d32
             */
            color?: string | null;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: uuid
             * @description What tasks hold.
             */
            id: string;
            /**
             * @description What people call it, on one line and in NFC.
             * @example Garden
             */
            name: string;
            /**
             * @description Its place among the projects: the lower text, compared byte by byte, comes first. `move` changes it.
             * @example 0661A4B2C3D58080
             */
            order_key: string;
            /**
             * Format: int64
             * @description The user's position of the last change.
             */
            position: number;
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Rises by 1 with every change; the `ETag` says the same.
             */
            version: number;
        };
        /** @description A page of projects. */
        ProjectPage: {
            items: components["schemas"]["Project"][];
            /** @description Where the list goes on; null at its end. */
            next_cursor?: string | null;
        };
        /**
         * @description A merge-patch of a project: absent is untouched, null clears.
         * @example {
         *       "color": "#2e7d32",
         *       "name": "Garden"
         *     }
         */
        ProjectPatch: {
            /**
             * @description True puts it out of the way; null is false.
             * @default false
             */
            archived?: boolean | null;
            /** @description `#rrggbb`. */
            color?: string | null;
            /** @description What people call it, on one line; cannot be cleared. Case makes no difference between two projects. */
            name?: string;
        };
        /** @description The same of one project. */
        ProjectStats: {
            /**
             * Format: int64
             * @description On all days of `done` together.
             */
            done: number;
            /** Format: int64 */
            due_today: number;
            /** Format: int64 */
            open: number;
            /** Format: int64 */
            overdue: number;
            /**
             * Format: uuid
             * @description Null: of no project.
             */
            project_id?: string | null;
        };
        /** @description What a text was read as. */
        QuickAddAnswer: {
            /** @description The task as it was created; absent with `dry_run`. */
            created?: components["schemas"]["Task"];
            /** @description What else could have been meant, what was assumed, and what was left in the title, in the order of the text. */
            notes: components["schemas"]["QuickAddNote"][];
            /** @description The parts of the text that were taken, in order, without overlap. */
            spans: components["schemas"]["QuickAddSpan"][];
            /** @description The body with which `POST /v1/tasks` creates the task; absent if no word is left for its title. */
            task?: components["schemas"]["NewTask"];
            /** @description The words that were not taken for anything else. */
            title: string;
            /** @description What the text names and does not exist. */
            unknown: components["schemas"]["UnknownNames"];
        };
        /** @description Something to know about the reading. */
        QuickAddNote: {
            /** @description The one after their last. */
            end: number;
            /**
             * @description `ambiguous`: there are two readings. `assumed`: the text left something open. `passed`: what it names has passed, and the
             *     next one was taken. `left`: the words stay in the title. `no-title`: no word is left for it.
             */
            kind: string;
            /** @description What was done, for people. */
            message: string;
            /** @description The first character of the words that it is about, counted as in a span. */
            start: number;
            /** @description The words. */
            text: string;
        };
        /**
         * @description A line to be read as a task.
         * @example {
         *       "create_missing": true,
         *       "text": "pay rent every last weekday at 9 p1 #home remind 1h before",
         *       "timezone": "Europe/Berlin"
         *     }
         * @example {
         *       "dry_run": true,
         *       "language": "de",
         *       "text": "Mama übermorgen um 9 Uhr anrufen",
         *       "timezone": "Europe/Berlin"
         *     }
         */
        QuickAddRequest: {
            /**
             * @description True creates the tags and the project that the text names and that do not exist, along with the task.
             * @default false
             */
            create_missing?: boolean;
            /**
             * @description True reads the text and creates nothing.
             * @default false
             */
            dry_run?: boolean;
            /**
             * @description The language of the text: `en` or `de`.
             * @default en
             */
            language?: string | null;
            /** @description What is to be done and when, on one line: see docs/QUICK_ADD.md. */
            text: string;
            /**
             * Format: zone
             * @description IANA zone of the times in the text; that of the settings if it is left out.
             */
            timezone?: string | null;
        };
        /** @description A part of the text that was taken for something. */
        QuickAddSpan: {
            /** @description The one after its last. */
            end: number;
            /** @description `date`, `time`, `recurrence`, `until`, `count`, `start`, `reminder`, `priority`, `tag`, `project` or `estimate`. */
            kind: string;
            /** @description Its first character, counted from 0 in Unicode scalar values (code points), not in bytes or UTF-16 units. */
            start: number;
            /** @description The part itself. */
            text: string;
            /** @description What it says: a date or a wall time, an RRULE, a number, a duration, a name. */
            value: string;
        };
        Recurrence: {
            /**
             * @description `schedule`: the calendar decides; `completion`: the rule starts anew when the task is done.
             * @example schedule
             */
            anchor: string;
            /**
             * @description `skip`: slots that passed meanwhile are left out; `keep`: each comes in its turn.
             * @example skip
             */
            missed: string;
            /**
             * @description RFC 5545 RRULE value, in canonical form.
             * @example FREQ=DAILY
             */
            rrule: string;
        };
        /**
         * @description A rule: `rrule` as RFC 5545 has it, or `every` and `unit`. A 31st as RRULE skips short months; the simple form takes
         *     their last day and returns to the 31st.
         */
        RecurrenceInput: {
            /**
             * @description `schedule` or `completion`.
             * @default schedule
             */
            anchor?: string | null;
            /**
             * Format: int32
             * @description How many units apart.
             */
            every?: number | null;
            /**
             * @description `skip` or `keep`.
             * @default skip
             */
            missed?: string | null;
            /**
             * Format: rrule
             * @description RFC 5545 RRULE value: DAILY, WEEKLY, MONTHLY or YEARLY.
             */
            rrule?: string | null;
            /** @description `day`, `week`, `month` or `year`. */
            unit?: string | null;
        };
        /** @description A reminder: exactly one of `before` and `at` is there. */
        Reminder: {
            /**
             * Format: date-time
             * @description An instant, in UTC.
             */
            at?: string;
            /**
             * @description ISO 8601 duration before the due time, or before the start; days are calendar days.
             * @example PT1H
             */
            before?: string;
            /**
             * @description `start` when `before` counts from there; absent when it counts from the due time.
             * @example start
             */
            relative_to?: string;
        };
        /** @description A reminder: exactly one of `before` and `at`. */
        ReminderInput: {
            /**
             * Format: date-time
             * @description A moment.
             */
            at?: string | null;
            /** @description ISO 8601 duration before the due time, or before the start; days are calendar days. */
            before?: string | null;
            /**
             * @description What `before` counts from: `due` or `start`.
             * @default due
             */
            relative_to?: string | null;
        };
        /** @description A series of recurring tasks. */
        Series: {
            /** @description False once it ended. */
            alive: boolean;
            /** @description `schedule` or `completion`. */
            anchor: string;
            /**
             * Format: date-time
             * @description When it came to be; absent in events from before schema version 3.
             */
            created_at: string;
            /** @description Wall times at which there is no occurrence (RFC 5545 EXDATE). */
            exdates: string[];
            /** Format: uuid */
            id: string;
            /** @description `skip` or `keep`. */
            missed: string;
            /**
             * Format: int64
             * @description The user's position of the last change.
             */
            position: number;
            /** @description Wall times of occurrences besides those of the rule (RFC 5545 RDATE). */
            rdates: string[];
            /**
             * Format: int64
             * @description Rises with every change of the rule.
             */
            revision: number;
            /** @description RFC 5545 RRULE value. */
            rrule: string;
            /** @description Where the rule starts. */
            start: components["schemas"]["Moment"];
            /**
             * Format: date-time
             * @description When it last changed; absent in events from before schema version 3.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description Rises by 1 with every change.
             */
            version: number;
        };
        /**
         * @description A merge-patch of a series: absent is untouched, null clears.
         * @example {
         *       "exdates": [
         *         "2030-12-24T09:00:00"
         *       ],
         *       "recurrence": {
         *         "missed": "keep"
         *       }
         *     }
         */
        SeriesPatch: {
            /** @description Wall times at which there is no occurrence (RFC 5545 EXDATE): all of them, the list is replaced. */
            exdates?: string[] | null;
            /** @description Wall times of occurrences besides those of the rule (RFC 5545 RDATE): all of them, the list is replaced. */
            rdates?: string[] | null;
            /** @description How it goes on; merged field by field. Another rule starts at the newest occurrence. */
            recurrence?: components["schemas"]["RecurrenceInput"];
        };
        /** @description What a user chose for all tasks. */
        Settings: {
            /**
             * Format: date-time
             * @description Absent before the first change.
             */
            created_at?: string | null;
            /** @description Reminders of new tasks that are due and name none: ISO 8601 durations before the due time. */
            default_reminders: string[];
            /**
             * @description `monday` to `sunday`.
             * @example monday
             */
            first_day_of_week: string;
            /** Format: uuid */
            id: string;
            /**
             * Format: int64
             * @description The user's position of the last change.
             */
            position: number;
            /**
             * @description IANA zone of wall times that name none; null when there is none, and then each must name its own.
             * @example Europe/Berlin
             */
            timezone?: string | null;
            /**
             * Format: date-time
             * @description Absent before the first change.
             */
            updated_at?: string | null;
            /**
             * Format: int64
             * @description Rises by 1 with every change; 0 before the first. The `ETag` says the same.
             */
            version: number;
        };
        /**
         * @description A merge-patch of the settings: absent is untouched, null clears.
         * @example {
         *       "default_reminders": [
         *         "PT30M"
         *       ],
         *       "first_day_of_week": "monday",
         *       "timezone": "Europe/Berlin"
         *     }
         */
        SettingsPatch: {
            /** @description Reminders of new tasks that are due and name none: ISO 8601 durations before the due time. The list is replaced. */
            default_reminders?: string[] | null;
            /**
             * @description `monday` to `sunday`; null is `monday`.
             * @default monday
             */
            first_day_of_week?: string | null;
            /**
             * Format: zone
             * @description IANA zone of wall times that name none.
             */
            timezone?: string | null;
        };
        /**
         * @description How many tasks there are to do, and were done.
         * @example {
         *       "as_of": "2026-11-22T09:30:00Z",
         *       "done": [
         *         {
         *           "count": 4,
         *           "date": "2026-11-21"
         *         },
         *         {
         *           "count": 1,
         *           "date": "2026-11-22"
         *         }
         *       ],
         *       "due_today": 3,
         *       "open": 12,
         *       "overdue": 2,
         *       "projects": [
         *         {
         *           "done": 2,
         *           "due_today": 1,
         *           "open": 7,
         *           "overdue": 2,
         *           "project_id": null
         *         },
         *         {
         *           "done": 3,
         *           "due_today": 2,
         *           "open": 5,
         *           "overdue": 0,
         *           "project_id": "018f4e6e-0000-7000-8000-000000000001"
         *         }
         *       ],
         *       "streak": {
         *         "current": 5,
         *         "longest": 21
         *       },
         *       "timezone": "Europe/Berlin"
         *     }
         */
        Stats: {
            /**
             * Format: date-time
             * @description The moment that the figures are of.
             */
            as_of: string;
            /**
             * @description Tasks that were completed, day by day, the oldest first, and each day is there. A task that is deleted later was done
             *     all the same; one that was reopened or skipped was not.
             */
            done: components["schemas"]["DoneOnDay"][];
            /**
             * Format: int64
             * @description Open tasks that are due today, also those that are overdue already.
             */
            due_today: number;
            /** Format: int64 */
            open: number;
            /**
             * Format: int64
             * @description Open tasks that were due before `as_of`; one that is due a whole day, once that day is over in its zone.
             */
            overdue: number;
            /** @description Each project in the order of projects, after what belongs to none. */
            projects: components["schemas"]["ProjectStats"][];
            streak: components["schemas"]["Streak"];
            /** @description The zone of the days. */
            timezone: string;
        };
        /** @description How many days in a row at least one task was done, looked for in the last 1,096 days. */
        Streak: {
            /** @description Up to today, or to yesterday while nothing was done today. */
            current: number;
            longest: number;
        };
        /** @description One changed task, series, tag, project or filter, or the changed settings, as they are now. */
        SyncItem: {
            /** @description True for a tombstone, which has nothing but its id. */
            deleted: boolean;
            filter?: components["schemas"]["Filter"] | null;
            /** @description Identity. */
            id: string;
            /**
             * Format: int64
             * @description The position of its last change.
             */
            position: number;
            project?: components["schemas"]["Project"] | null;
            series?: components["schemas"]["Series"] | null;
            settings?: components["schemas"]["Settings"] | null;
            tag?: components["schemas"]["Tag"] | null;
            task?: components["schemas"]["Task"] | null;
            /** @description `task`, `series`, `tag`, `project`, `filter` or `settings`. */
            type: string;
            /**
             * Format: int64
             * @description Its version.
             */
            version: number;
        };
        /** @description What changed, in the order of positions. */
        SyncPage: {
            /**
             * Format: int64
             * @description The epoch of the positions: `since={epoch}.{position}` next time.
             */
            epoch: number;
            /** @description True when the client is to forget what it has: everything follows, from this page on. */
            full_resync: boolean;
            items: components["schemas"]["SyncItem"][];
            /** @description Where the sync goes on; null when the client has everything. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description How far the client has come with this page.
             */
            position: number;
        };
        Tag: {
            /** Format: date-time */
            created_at: string;
            /**
             * Format: uuid
             * @description What tasks hold.
             */
            id: string;
            /**
             * @description What people call it, on one line and in NFC.
             * @example garden
             */
            name: string;
            /**
             * Format: int64
             * @description The user's position of the last change.
             */
            position: number;
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Rises by 1 with every change; the `ETag` says the same.
             */
            version: number;
        };
        /** @description A page of tags. */
        TagPage: {
            items: components["schemas"]["Tag"][];
            /** @description Where the list goes on; null at its end. */
            next_cursor?: string | null;
        };
        /**
         * @description A merge-patch of a tag: absent is untouched.
         * @example {
         *       "name": "balcony"
         *     }
         */
        TagPatch: {
            /** @description What people call it; cannot be cleared. */
            name?: string;
        };
        /** @description A task. The first eleven fields can be written, the others follow from what happens. */
        Task: {
            /**
             * Format: date-time
             * @description When it was done or skipped.
             */
            completed_at?: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description Up to 32 KiB. */
            description?: string | null;
            due?: components["schemas"]["Moment"] | null;
            /**
             * Format: date-time
             * @description When it is due in universal time; a whole day at its end.
             */
            due_at?: string | null;
            /**
             * Format: int32
             * @description How many minutes of work it is thought to be.
             * @example 30
             */
            estimate?: number | null;
            /** Format: uuid */
            id: string;
            /**
             * @description Its place in its user's own order: the lower text, compared byte by byte, comes first. `move` changes it.
             * @example 0661A4B2C3D58080
             */
            order_key: string;
            /**
             * Format: int32
             * @description Its number in the series, from 1.
             */
            ordinal?: number | null;
            /**
             * Format: uuid
             * @description The task that it is a part of.
             */
            parent_id?: string | null;
            /**
             * Format: int64
             * @description The user's position of the last change.
             */
            position: number;
            /**
             * @description `low`, `normal`, `high` or `critical`.
             * @example normal
             */
            priority: string;
            /** Format: uuid */
            project_id?: string | null;
            recurrence?: components["schemas"]["Recurrence"] | null;
            /** @description When to remind. */
            reminders: components["schemas"]["Reminder"][];
            /**
             * Format: uuid
             * @description The series that it is an occurrence of.
             */
            series_id?: string | null;
            start?: components["schemas"]["Moment"] | null;
            /**
             * @description `open`, `done` or `skipped`.
             * @example open
             */
            status: string;
            /** @description Ids of its tags; that of a deleted tag is to be ignored. */
            tags: string[];
            /**
             * @description What is to be done, on one line.
             * @example Water the plants
             */
            title: string;
            /** Format: date-time */
            updated_at: string;
            /**
             * Format: int64
             * @description Rises by 1 with every change; the `ETag` says the same.
             */
            version: number;
        };
        /** @description A page of tasks. */
        TaskPage: {
            /** @description How each item was found, in a list with `q`. */
            hits?: components["schemas"]["Hit"][] | null;
            items: components["schemas"]["Task"][];
            /** @description Where the list goes on; null at its end. */
            next_cursor?: string | null;
        };
        /**
         * @description A merge-patch of a task: absent is untouched, null clears.
         * @example {
         *       "due": {
         *         "datetime": "2030-12-01T09:00:00",
         *         "timezone": "Europe/Berlin"
         *       },
         *       "estimate": 30,
         *       "recurrence": {
         *         "rrule": "FREQ=WEEKLY;BYDAY=MO,TH"
         *       },
         *       "reminders": [
         *         {
         *           "before": "PT1H"
         *         }
         *       ],
         *       "title": "Water the plants"
         *     }
         * @example {
         *       "due": {
         *         "date": "2030-12-31",
         *         "timezone": "Europe/Berlin"
         *       },
         *       "priority": "high",
         *       "recurrence": {
         *         "every": 1,
         *         "unit": "month"
         *       },
         *       "title": "Pay the rent"
         *     }
         */
        TaskPatch: {
            /**
             * @description Keep a new due time or reminder that lies in the past, instead of refusing it.
             * @default false
             */
            allow_past_due?: boolean | null;
            /** @description More about it, up to 32 KiB. */
            description?: string | null;
            due?: components["schemas"]["MomentInput"] | null;
            /**
             * Format: int32
             * @description How many minutes of work it is thought to be.
             */
            estimate?: number | null;
            /**
             * Format: uuid
             * @description The task that it is a part of.
             */
            parent_id?: string | null;
            /**
             * @description `low`, `normal`, `high` or `critical`; null is `normal`.
             * @default normal
             */
            priority?: string | null;
            /**
             * Format: uuid
             * @description A project.
             */
            project_id?: string | null;
            recurrence?: components["schemas"]["RecurrenceInput"] | null;
            /**
             * @description When to remind: all of them, the list is replaced. `before` needs the time that it counts from. A new task that is
             *     due and says nothing here is reminded as its user's settings say.
             */
            reminders?: components["schemas"]["ReminderInput"][] | null;
            start?: components["schemas"]["MomentInput"] | null;
            /** @description Ids of tags: all of them, the list is replaced. That of a deleted tag may stay and cannot be added. */
            tags?: string[] | null;
            /** @description What is to be done, on one line; cannot be cleared. */
            title?: string;
        };
        /** @description Names of what does not exist. */
        UnknownNames: {
            projects: string[];
            tags: string[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    run_batch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchRequest"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`: the form of the batch, with a pointer; nothing was done */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_filters: {
        parameters: {
            query?: {
                /** @description Most items of a page. */
                limit?: number;
                /** @description `next_cursor` of the page before; absent for the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FilterPage"];
                };
            };
            /** @description `bad-query` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_filter: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewFilter"];
            };
        };
        responses: {
            /** @description It was created */
            201: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Filter"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `filter-exists`, with its `filter_id`, or `too-many-filters` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field, and the `column` if it is the text of the filter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_filter: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Filter"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_filter: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted */
            204: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A request with this Idempotency-Key is being worked on */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency-key-reused`: the key was used for another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_filter: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FilterPatch"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Filter"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `filter-exists`, with its `filter_id` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field, and the `column` if it is the text of the filter */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    move_filter: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceInput"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Filter"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `no-room`: the two neighbours lie too close to each other, move one of them first */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_account: {
        parameters: {
            query: {
                /** @description `everything`, since this cannot be undone. */
                confirm: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDeleted"];
                };
            };
            /** @description `bad-query` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_settings: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsPatch"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A request with this Idempotency-Key is being worked on */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_account: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_projects: {
        parameters: {
            query?: {
                /** @description Most items of a page. */
                limit?: number;
                /** @description `next_cursor` of the page before; absent for the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectPage"];
                };
            };
            /** @description `bad-query` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_project: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewProject"];
            };
        };
        responses: {
            /** @description It was created */
            201: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `project-exists`, with its `project_id`, or `too-many-projects` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_project: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_project: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted */
            204: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-tasks` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency-key-reused`: the key was used for another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_project: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectPatch"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `project-exists`, with its `project_id` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    move_project: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceInput"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `no-room`: the two neighbours lie too close to each other, move one of them first */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    quick_add: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuickAddRequest"];
            };
        };
        responses: {
            /** @description With `dry_run`: what would be created */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuickAddAnswer"];
                };
            };
            /** @description It was created */
            201: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuickAddAnswer"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-tags` or `too-many-projects`, with `create_missing` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field, or `unknown-names`: the text names tags or a project that do not exist */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preview_recurrence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewRequest"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: too many rules are being computed; ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_series: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_series: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SeriesPatch"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `series-ended` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_occurrences: {
        parameters: {
            query?: {
                /** @description Most items of a page. */
                limit?: number;
                /** @description `next_cursor` of the page before; absent for the first page */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPage"];
                };
            };
            /** @description `bad-query` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preview_series: {
        parameters: {
            query?: {
                /** @description Most occurrences. */
                count?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description `bad-query` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `series-ended` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: too many rules are being computed; ask again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    skip_series: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `series-ended` or `not-open` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stop_series: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Series"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A request with this Idempotency-Key is being worked on */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_stats: {
        parameters: {
            query?: {
                /** @description The number of days of `done`, of which today is the last. */
                days?: number;
                /** @description IANA zone of the days; that of the settings if absent, and UTC if they have none. */
                timezone?: string;
                /** @description Only tasks of this project. */
                project_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            /** @description `bad-query` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sync: {
        parameters: {
            query?: {
                /**
                 * @description The last position that the client has, as `17` or, with its epoch, `1.17`; absent for everything. The position
                 *     that a socket resumes from is the same.
                 */
                since?: string;
                /** @description `next_cursor` of the page before; absent for the first page */
                cursor?: string;
                /** @description Most items of a page. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncPage"];
                };
            };
            /** @description `bad-query` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tags: {
        parameters: {
            query?: {
                /** @description Most items of a page. */
                limit?: number;
                /** @description `next_cursor` of the page before; absent for the first page */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagPage"];
                };
            };
            /** @description `bad-query` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_tag: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTag"];
            };
        };
        responses: {
            /** @description It was created */
            201: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tag"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `tag-exists`, with its `tag_id`, or `too-many-tags` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_tag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tag"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_tag: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted */
            204: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A request with this Idempotency-Key is being worked on */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency-key-reused`: the key was used for another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_tag: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TagPatch"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tag"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `tag-exists`, with its `tag_id` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tasks: {
        parameters: {
            query?: {
                /** @description Most items of a page. */
                limit?: number;
                /** @description `next_cursor` of the page before; absent for the first page */
                cursor?: string;
                /** @description Only tasks that are `open`, `done` or `skipped`. */
                status?: string;
                /** @description Only tasks of this project. */
                project_id?: string;
                /**
                 * @description Only tasks that a filter holds true of: conditions with `and`, `or`, `not` and parentheses, as
                 *     `docs/FILTERS.md` describes them. Times are those of the user's zone. What cannot be used is a `bad-query` that names the
                 *     column.
                 * @example due < today + 7d and not (priority = low or has parent)
                 */
                filter?: string;
                /**
                 * @description Only tasks that a saved filter holds true of, instead of `filter`; in its order, unless `sort` names one. What cannot be
                 *     used of it, like a name that is gone, is a `bad-query` that names the column, and so is an id that no filter has.
                 */
                filter_id?: string;
                /**
                 * @description Only tasks that have all of these words, or words that begin like them, in their title, their description or the names
                 *     of their tags and project, whatever their case and accents; if fewer than five have, words with a typing error will do
                 *     as well. The best come first, so there is no `sort` along with it.
                 * @example rent
                 */
                q?: string;
                /**
                 * @description One to three of `due`, `priority`, `created`, `updated`, `order`, separated by commas, each with `-` before it for
                 *     the other way round. Tasks that are not due come last, both ways; `priority` ascends from low to critical.
                 */
                sort?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPage"];
                };
            };
            /** @description `bad-query` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTask"];
            };
        };
        responses: {
            /** @description It was created */
            201: {
                headers: {
                    ETag?: string;
                    Location?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-sub-tasks` or `id-taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation` or `past-due`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_task: {
        parameters: {
            query?: {
                /**
                 * @description `this` is this occurrence alone, `following` it and all later ones, `all` every open one and those to come. Of a
                 *     task that does not recur it says nothing.
                 */
                scope?: string;
            };
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was deleted */
            204: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A request with this Idempotency-Key is being worked on */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency-key-reused`: the key was used for another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_task: {
        parameters: {
            query?: {
                /**
                 * @description `this` is this occurrence alone, `following` it and all later ones, `all` every open one and those to come. Of a
                 *     task that does not recur it says nothing.
                 */
                scope?: string;
            };
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskPatch"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-open`, `not-newest-occurrence` or `too-many-sub-tasks` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation` or `past-due`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    complete_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-open` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    move_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceInput"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `no-room`: the two neighbours lie too close to each other, move one of them first */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reopen_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A request with this Idempotency-Key is being worked on */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too-many-sub-tasks` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    skip_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what is to be changed; 412 when it was changed meanwhile */
                "If-Match"?: string;
                /** @description Sent again with the same request, it gets the first answer again, for 24 hours */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    ETag?: string;
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description A parameter, a header or the body cannot be read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No usable token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You have no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body did not come in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not-open` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `version-mismatch` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not said to be JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `validation`, with a pointer to the field */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that is needed is down for now; try again as Retry-After says */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
