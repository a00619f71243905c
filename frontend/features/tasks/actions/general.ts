// What belongs to no task: where to go, what to open, undo.
import {
  IconArrowBackUp,
  IconBell,
  IconCalendarMonth,
  IconChecklist,
  IconCommand,
  IconFilterPlus,
  IconFolderPlus,
  IconInbox,
  IconKeyboard,
  IconList,
  IconLogout,
  IconPlus,
  IconSearch,
  IconSettings,
  IconSun,
  IconTags,
} from '@tabler/icons-react';

import { words } from '@/words/en';

import type { Action, ActionContext, Panel } from './action';

export const create = opening('create', words.actions.create, IconPlus, ['n', 'q'], { kind: 'quick-add' });
export const palette = opening('palette', words.actions.palette, IconCommand, ['mod+k'], { kind: 'palette' });
export const help = opening('help', words.actions.help, IconKeyboard, ['?'], { kind: 'help' });
export const settings = opening('settings', words.actions.settings, IconSettings, ['g s'], { kind: 'settings' });
export const newProject = opening('new-project', words.actions.newProject, IconFolderPlus, [], {
  kind: 'project',
  id: null,
});
export const newTag = opening('new-tag', words.actions.newTag, IconTags, [], { kind: 'tag', id: null });
export const newFilter = opening('new-filter', words.actions.newFilter, IconFilterPlus, [], {
  kind: 'filter',
  id: null,
});
export const signOut = opening('sign-out', words.actions.signOut, IconLogout, [], { kind: 'sign-out' });

export const search = general('search', words.actions.search, IconSearch, ['/'], ({ screen }) => screen.focusSearch());

export const showDone: Action = {
  ...general('show-done', words.actions.showDone, IconChecklist, ['h'], ({ screen }) => screen.toggleDone()),
  when: ({ route }) => route !== null && hasDone(route.view),
};

export const undo: Action = {
  ...general('undo', words.actions.undo, IconArrowBackUp, ['u', 'mod+z'], ({ screen }) => screen.undo()),
  when: ({ canUndo }) => canUndo,
};

export const goToday = going('today', words.actions.go.today, IconSun, 'g t');
export const goUpcoming = going('upcoming', words.actions.go.upcoming, IconCalendarMonth, 'g u');
export const goAll = going('all', words.actions.go.all, IconList, 'g a');
export const goInbox = going('inbox', words.actions.go.inbox, IconInbox, 'g i');
export const goNotifications = going('notifications', words.actions.go.notifications, IconBell, 'g n');

/** Lists that can show what is done. */
export function hasDone(view: string): boolean {
  return ['all', 'inbox', 'project', 'tag'].includes(view);
}

function opening(id: string, name: string, icon: Action['icon'], shortcuts: readonly string[], panel: Panel): Action {
  return general(id, name, icon, shortcuts, ({ screen }) => screen.open(panel));
}

function going(view: string, name: string, icon: Action['icon'], shortcut: string): Action {
  const run = ({ screen }: ActionContext) => screen.go(`/${view}`);
  return { ...general(`go-${view}`, name, icon, [shortcut], run), group: 'go' };
}

function general(
  id: string,
  name: string,
  icon: Action['icon'],
  shortcuts: readonly string[],
  run: Action['run'],
): Action {
  return { id: `general.${id}`, name, icon, group: 'general', shortcuts, when: () => true, run };
}
