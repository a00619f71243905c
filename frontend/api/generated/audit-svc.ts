// Written by `npm run api` from audit-svc/openapi.json.
export interface paths {
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what happened. */
        get: operations["list_audit_entries"];
        put?: never;
        post?: never;
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
        /** @description A page of the log. */
        EntryList: {
            /** @description Oldest first. */
            items: components["schemas"]["EntryView"][];
            /** @description Where the next page starts; null when this is the last one. */
            next_cursor?: string | null;
        };
        /** @description One entry. */
        EntryView: {
            /**
             * Format: uuid
             * @description Shared by all entries of one action of a user.
             */
            action_id: string;
            /** @description Who did it, as in `user:alice` or `service:recurring-svc`. */
            actor: string;
            /** @description What it happened to: task, series, reminder, notification. */
            aggregate: string;
            /** @description Which one of them. */
            aggregate_id: string;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /**
             * Format: uuid
             * @description Identity of the fact.
             */
            event_id: string;
            /** @description What they meant to do: edit, complete, recur, bulk, import. */
            intent: string;
            /** @description What happened, as in `task.completed`. */
            kind: string;
            /**
             * Format: int64
             * @description Its leaf in the Merkle log; null until it is sequenced.
             */
            leaf_index?: number | null;
            /**
             * Format: int64
             * @description Its offset there.
             */
            offset: number;
            /**
             * Format: int32
             * @description The partition it was read from.
             */
            partition: number;
            /**
             * Format: uuid
             * @description The task it belongs to; null for what is about no single task.
             */
            task_id?: string | null;
            /** @description The topic it was read from. */
            topic: string;
            /**
             * Format: int64
             * @description The aggregate's version after it.
             */
            version: number;
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
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_audit_entries: {
        parameters: {
            query?: {
                /** @description Only those of this task; without it, all of yours. */
                task_id?: string;
                /** @description How many at most. */
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
            /** @description A page of entries, oldest first; of a task that is not yours, none */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryList"];
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
}
