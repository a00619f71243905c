// What can be done, and what was done.
import { counted } from '../plural';

const tasks = (count: number) => counted(count, 'task', 'tasks');
const quoted = (title: string) => `“${title}”`;

/** `Completed “Buy milk”`, `Completed 3 tasks`. */
const did = (verb: string) => (titles: readonly string[]) =>
  `${verb} ${titles.length === 1 ? quoted(titles[0] ?? '') : tasks(titles.length)}`;

export const actions = {
  complete: 'Complete',
  reopen: 'Reopen',
  skip: 'Skip this time',
  edit: 'Open task',
  delete: 'Delete',
  move: 'Move to project…',
  tag: 'Tags…',
  reschedule: 'Reschedule…',
  dueToday: 'Due today',
  dueTomorrow: 'Due tomorrow',
  dueNextWeek: 'Due next week',
  dueNever: 'Remove due date',
  priority: { critical: 'Priority critical', high: 'Priority high', normal: 'Priority normal', low: 'Priority low' },
  up: 'Move up',
  down: 'Move down',
  select: 'Select',
  selectAll: 'Select all',
  selectNext: 'Extend selection down',
  selectPrevious: 'Extend selection up',
  clear: 'Clear selection',
  next: 'Next task',
  previous: 'Previous task',
  first: 'First task',
  last: 'Last task',
  create: 'Add task',
  search: 'Search',
  palette: 'Find a command',
  help: 'Keyboard shortcuts',
  settings: 'Settings',
  undo: 'Undo',
  showDone: 'Show or hide what is done',
  newProject: 'New project',
  newTag: 'New tag',
  newFilter: 'New saved filter',
  signOut: 'Sign out',
  go: {
    today: 'Go to today',
    upcoming: 'Go to upcoming',
    all: 'Go to all tasks',
    inbox: 'Go to inbox',
    notifications: 'Go to notifications',
  },
  groups: { task: 'Tasks', select: 'Selection', go: 'Go to', general: 'General' },
  then: 'then',

  completed: did('Completed'),
  reopened: did('Reopened'),
  skipped: did('Skipped'),
  deleted: did('Deleted'),
  changed: did('Changed'),
  moved: did('Moved'),
  rescheduled: did('Rescheduled'),
  created: (title: string) => `Added ${quoted(title)}`,
  undone: 'Undone',
  lastDone: 'What was done last',
  nothingToUndo: 'There is nothing to undo.',
  selected: (count: number) => `${tasks(count)} selected`,
  cleared: 'Nothing is selected',
  movedTo: (title: string, place: number, of: number) => `${quoted(title)} is now ${place} of ${of}`,
  /** What screen readers hear about dragging. */
  dragging: {
    hint: 'To move a task, press space on its handle, then the arrow keys, and space again; escape leaves it where it was.',
    start: (title: string) => `Picked up ${quoted(title)}.`,
    over: (title: string) => `Over ${quoted(title)}.`,
    overDay: (day: string) => `Over ${day}.`,
    end: 'Dropped.',
    cancel: 'Left where it was.',
  },
} as const;
