// Written by `npm run api` from notification-svc/openapi.json.
export interface paths {
    "/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The inbox: newest first, or with `since` what changed, in the order of the changes. */
        get: operations["list_notifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/notifications/{id}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Marks a notification read. Doing so again changes nothing. */
        post: operations["read_notification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your webhook endpoints, oldest first, without their secrets. */
        get: operations["list_webhook_endpoints"];
        put?: never;
        /** Registers a webhook endpoint: each reminder that fires is posted to it, signed as Standard Webhooks says. */
        post: operations["create_webhook_endpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a webhook endpoint and its secret. Calls that were still to be made to it end as failed. */
        delete: operations["delete_webhook_endpoint"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A webhook endpoint with its secret, which is shown only here. */
        CreatedEndpoint: {
            /**
             * Format: uuid
             * @description Identity.
             */
            id: string;
            /** @description What calls are signed with, as Standard Webhooks says: `whsec_` and base64. */
            secret: string;
            /** @description Where calls go. */
            url: string;
        };
        /** @description All webhook endpoints of a user. */
        EndpointList: {
            items: components["schemas"]["EndpointView"][];
            /** @description Always null: their number is bounded, so one page has them all. */
            next_cursor?: string | null;
        };
        /** @description A webhook endpoint. */
        EndpointView: {
            /**
             * Format: date-time
             * @description When it was registered.
             */
            created_at: string;
            /** @description Why they were. */
            disabled_reason?: string | null;
            /** @description False when calls have been ended, as a 410 of the receiver does. */
            enabled: boolean;
            /**
             * Format: uuid
             * @description Identity.
             */
            id: string;
            /** @description Where calls go. */
            url: string;
        };
        /**
         * @description A new webhook endpoint.
         * @example {
         *       "url": "https://hooks.example.com/taskwire"
         *     }
         */
        NewEndpoint: {
            /**
             * Format: uri
             * @description Where calls go: https, port 443, a public address; at most 2048 bytes.
             */
            url: string;
        };
        /** @description A notification in the inbox. */
        Notification: {
            /**
             * Format: date-time
             * @description When the task was due then.
             */
            due_at?: string | null;
            /**
             * Format: date-time
             * @description When the reminder was to fire.
             */
            fire_at: string;
            /**
             * Format: date-time
             * @description When it fired: never before `fire_at`.
             */
            fired_at: string;
            /** Format: uuid */
            id: string;
            /** @description True when it fired more than ten seconds after `fire_at`. */
            late: boolean;
            /**
             * Format: int64
             * @description Where it last changed in the user's stream `notifications`.
             */
            position: number;
            /**
             * Format: date-time
             * @description When it was read.
             */
            read_at?: string | null;
            /**
             * Format: uuid
             * @description The task's reminder that fired.
             */
            reminder_id: string;
            /** Format: uuid */
            task_id: string;
            /** @description The task's title when the reminder fired. */
            title: string;
        };
        /** @description A page of the inbox. */
        NotificationList: {
            /**
             * Format: int64
             * @description The epoch of the positions: `since={epoch}.{position}` next time.
             */
            epoch: number;
            /** @description True when the client is to forget what it has: everything follows, from this page on. */
            full_resync: boolean;
            items: components["schemas"]["Notification"][];
            /** @description Where the next page starts; null on the last one. */
            next_cursor?: string | null;
            /**
             * Format: int64
             * @description Where the client has come to. With `since` it has every change up to here, with this page. Without, it has every
             *     change up to here once it has read all pages, each of which says the same.
             */
            position: number;
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
    list_notifications: {
        parameters: {
            query?: {
                /**
                 * @description Only what changed after this position of the stream `notifications`, oldest change first: as `17` or, with its
                 *     epoch, `1.17`. The position that a socket resumes from is the same.
                 */
                since?: string;
                /** @description Items of a page. */
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
            /** @description A page of the inbox */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationList"];
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
    read_notification: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The notification */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is read */
            200: {
                headers: {
                    /** @description Its position in the stream `notifications` */
                    "Taskwire-Position"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notification"];
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
            /** @description You have no such notification */
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
    list_webhook_endpoints: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointList"];
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
    create_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEndpoint"];
            };
        };
        responses: {
            /** @description Registered */
            201: {
                headers: {
                    /** @description The endpoint */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedEndpoint"];
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
            /** @description You have as many endpoints as are possible */
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
            /** @description The URL cannot be called */
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
    delete_webhook_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The endpoint */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
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
            /** @description You have no such endpoint */
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
}
