// What the rest of the front end sees of the live store. Pages read snapshots and give changes; they never talk to the
// socket, the queue or the database.
import type {
  Filter,
  FilterPatch,
  NewFilter,
  NewProject,
  NewTask,
  Notification,
  Problem,
  Project,
  ProjectPatch,
  Series,
  Settings,
  SettingsPatch,
  Tag,
  Task,
  TaskPatch,
} from '@/api/schema';

/** How much of a series a change is for. */
export type Scope = 'this' | 'following' | 'all';

/** Where something is moved to, among its neighbours. */
export type Place = { after: string } | { before: string };

/** A task as the screen shows it: what the server said, with the unsent changes laid over it. */
export type LiveTask = Task & {
  /** True while a change of it is kept here and not yet answered. */
  readonly pending: boolean;
};

/**
 * Everything one user has, as the screen shows it, in no order. A new object after each change; what did not change is the
 * same object.
 */
export interface Snapshot {
  /** False until the database was read: there is nothing to show yet, rather than nothing. */
  readonly loaded: boolean;
  /** Without deleted ones. */
  readonly tasks: ReadonlyMap<string, LiveTask>;
  readonly projects: ReadonlyMap<string, Project>;
  readonly tags: ReadonlyMap<string, Tag>;
  readonly filters: ReadonlyMap<string, Filter>;
  readonly series: ReadonlyMap<string, Series>;
  /** Null until the server told them. */
  readonly settings: Settings | null;
  /** Newest first. */
  readonly notifications: readonly Notification[];
}

/** Two versions of the same field: the person chooses. */
export interface Conflict {
  readonly changeId: string;
  /** What kind of thing it is about. */
  readonly kind: 'task' | 'project' | 'tag' | 'filter' | 'settings';
  /** Its id, whatever its kind. */
  readonly taskId: string;
  readonly field: string;
  readonly mine: unknown;
  readonly theirs: unknown;
}

/** A change that the server refused for good. It stays until the person has seen it. */
export interface Refused {
  readonly changeId: string;
  /** What it was about, in the words of the change, for instance `edit task`. */
  readonly what: string;
  /** What was typed: the fields of the new thing or of the edit, so that the person can have them back. */
  readonly typed: Readonly<Record<string, unknown>>;
  readonly problem: Problem;
}

export interface LiveStatus {
  /** `live`: the socket is open and all is applied. `catching-up`: changes are being fetched. */
  readonly connection: 'live' | 'catching-up' | 'offline';
  /** How many changes are kept here and not yet answered. */
  readonly waiting: number;
  /** True when the browser kept nothing any more: nothing new is accepted until there is room. */
  readonly storageFull: boolean;
  /** The server wants a new sign-in; changes are kept meanwhile. */
  readonly signedOut: boolean;
  readonly conflicts: readonly Conflict[];
  readonly refused: readonly Refused[];
}

/**
 * Changes. Each promise is fulfilled when the change is kept durably in this browser and shown, not when it was sent. It is
 * rejected with `StorageFull` when it could not be kept: nothing is shown then, and what was typed belongs back to the person.
 */
export interface Changes {
  /** Answers the id of the new task, a UUIDv7. */
  createTask(task: NewTask): Promise<string>;
  editTask(id: string, patch: TaskPatch, scope?: Scope): Promise<void>;
  completeTask(id: string): Promise<void>;
  reopenTask(id: string): Promise<void>;
  skipTask(id: string): Promise<void>;
  deleteTask(id: string, scope?: Scope): Promise<void>;
  restoreTask(id: string): Promise<void>;
  moveTask(id: string, place: Place): Promise<void>;
  createProject(project: NewProject): Promise<string>;
  editProject(id: string, patch: ProjectPatch): Promise<void>;
  deleteProject(id: string): Promise<void>;
  createTag(name: string): Promise<string>;
  renameTag(id: string, name: string): Promise<void>;
  deleteTag(id: string): Promise<void>;
  createFilter(filter: NewFilter): Promise<string>;
  editFilter(id: string, patch: FilterPatch): Promise<void>;
  deleteFilter(id: string): Promise<void>;
  editSettings(patch: SettingsPatch): Promise<void>;
  readNotification(id: string): Promise<void>;
  /** Ends a conflict: `mine` is sent again over the newest version, `theirs` gives the change up. */
  resolve(changeId: string, choice: 'mine' | 'theirs'): Promise<void>;
  /** The person has seen that it was refused. */
  dismiss(changeId: string): Promise<void>;
}

export interface Live extends Changes {
  snapshot(): Snapshot;
  status(): LiveStatus;
  /**
   * The id that something has by now. A project, tag or filter that was created here gets its id from the server, and
   * whoever held the one that `create…` answered finds it by this.
   */
  idOf(id: string): string;
  /** Calls after each change of the snapshot or of the status; answers what ends it. */
  subscribe(listener: () => void): () => void;
  /** Closes the socket and the database. */
  close(): Promise<void>;
  /** Removes everything this browser keeps of the user, unsent changes too. */
  wipe(): Promise<void>;
}

/** The browser has no room for a change. */
export class StorageFull extends Error {
  override readonly name = 'StorageFull';
}
