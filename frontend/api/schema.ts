// The shapes of the API, by the names that the rest of the front end uses.
import type { components as Audit } from './generated/audit-svc';
import type { components as Backend } from './generated/backend-api';
import type { components as Notifications } from './generated/notification-svc';

export type Task = Backend['schemas']['Task'];
export type NewTask = Backend['schemas']['NewTask'];
export type TaskPatch = Backend['schemas']['TaskPatch'];
export type Project = Backend['schemas']['Project'];
export type NewProject = Backend['schemas']['NewProject'];
export type ProjectPatch = Backend['schemas']['ProjectPatch'];
export type Tag = Backend['schemas']['Tag'];
export type Filter = Backend['schemas']['Filter'];
export type NewFilter = Backend['schemas']['NewFilter'];
export type FilterPatch = Backend['schemas']['FilterPatch'];
export type Series = Backend['schemas']['Series'];
export type Settings = Backend['schemas']['Settings'];
export type SettingsPatch = Backend['schemas']['SettingsPatch'];
export type SyncItem = Backend['schemas']['SyncItem'];
export type SyncPage = Backend['schemas']['SyncPage'];
export type Moment = Backend['schemas']['Moment'];
export type Recurrence = Backend['schemas']['Recurrence'];
export type Reminder = Backend['schemas']['Reminder'];
export type RecurrenceInput = Backend['schemas']['RecurrenceInput'];
export type QuickAddAnswer = Backend['schemas']['QuickAddAnswer'];
export type Problem = Backend['schemas']['Problem'];
export type Notification = Notifications['schemas']['Notification'];
export type AuditEntry = Audit['schemas']['EntryView'];
