// Every action, in the order in which people read them.
import type { Action } from './action';
import * as editing from './edit';
import { complete, remove, reopen, skip } from './finish';
import * as general from './general';
import { down, up } from './order';
import * as selecting from './select';

/** What can be done to one task or to several: menus and the bar of the selection. */
export const taskActions: readonly Action[] = [
  complete,
  reopen,
  skip,
  editing.edit,
  editing.reschedule,
  editing.dueToday,
  editing.dueTomorrow,
  editing.dueNextWeek,
  editing.dueNever,
  editing.move,
  editing.tag,
  ...editing.priorities,
  up,
  down,
  remove,
];

export const actions: readonly Action[] = [
  general.create,
  general.search,
  general.palette,
  general.undo,
  ...taskActions,
  selecting.next,
  selecting.previous,
  selecting.first,
  selecting.last,
  selecting.select,
  selecting.selectNext,
  selecting.selectPrevious,
  selecting.selectAll,
  selecting.clear,
  general.goToday,
  general.goUpcoming,
  general.goAll,
  general.goInbox,
  general.goNotifications,
  general.showDone,
  general.newProject,
  general.newTag,
  general.newFilter,
  general.settings,
  general.help,
  general.signOut,
];
