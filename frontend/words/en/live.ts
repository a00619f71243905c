// How this browser and the server stand, and what became of changes.
import { counted, plural } from '../plural';

const changes = (count: number) => counted(count, 'change', 'changes');

export const live = {
  connected: 'Live',
  connectedHint: 'Everything is saved, and changes on your other devices show at once.',
  catchingUp: 'Catching up',
  catchingUpHint: 'Fetching what happened meanwhile.',
  offline: 'Offline',
  offlineHint: 'Go on working: what you do is kept in this browser and sent when the connection is back.',
  waiting: (count: number) => `${changes(count)} waiting`,
  full: 'Storage full',
  fullTitle: 'This browser has no room left for your changes',
  fullText:
    'Nothing new can be kept until there is room. Free some space on this device or delete data of other sites; what you have changed so far stays.',
  notKept: 'This could not be kept: the browser has no room. What you typed is still here.',
  failed: 'That did not work. Try it again.',
  signedOutTitle: 'Your session has ended',
  signedOutText: (count: number) =>
    count === 0
      ? 'Sign in again to go on.'
      : `Sign in again to send ${changes(count)}. Until then they are kept in this browser.`,
  signIn: 'Sign in',
  attention: (count: number) => `${changes(count)} ${plural(count, 'needs', 'need')} you`,
  changes: {
    title: 'Changes that need you',
    none: 'No change needs you.',
    conflict: (title: string) => `“${title}” was changed elsewhere too`,
    conflictText: 'The same field was changed here and on another device. Choose which one stays.',
    attentionText: 'See what was refused, or changed on another device too, and what to do.',
    fieldColumn: 'Field',
    mine: 'Mine',
    theirs: 'Theirs',
    keepMine: 'Keep mine',
    keepTheirs: 'Keep theirs',
    refused: (what: string) => `Refused: ${what}`,
    refusedText: 'The server did not accept this change, and it is no longer shown.',
    dismiss: 'Got it',
    openTask: 'Open task',
    gone: 'A task that is gone',
    field: (pointer: string) => `Field: ${pointer}`,
    empty: 'empty',
  },
  /** What screen readers hear when the snapshot changes. */
  told: {
    created: (title: string) => `New: ${title}`,
    completed: (title: string) => `Done: ${title}`,
    reopened: (title: string) => `Open again: ${title}`,
    skipped: (title: string) => `Skipped: ${title}`,
    deleted: (title: string) => `Deleted: ${title}`,
    changed: (title: string) => `Changed: ${title}`,
    many: (count: number) => `${counted(count, 'task has', 'tasks have')} changed`,
    reminded: (title: string) => `Reminder: ${title}`,
    offline: 'You are offline. What you do is kept.',
    live: 'You are online again.',
  },
} as const;
