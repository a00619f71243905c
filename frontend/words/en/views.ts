// The lists, and what they say when they are empty.
import { counted } from '../plural';

export const views = {
  overdue: 'Overdue',
  done: 'Done',
  count: (count: number) => counted(count, 'task', 'tasks'),
  showDone: 'Show done',
  hideDone: 'Hide done',
  list: 'Tasks',
  bulk: 'For the selected tasks',
  empty: {
    today: { title: 'Nothing left for today', text: 'Enjoy it, or add a task: press N.' },
    upcoming: { title: 'Nothing is coming up', text: 'Tasks with a due date show here, day by day.' },
    all: { title: 'You have no tasks yet', text: 'Add the first one: press N and write what is to be done, and when.' },
    inbox: { title: 'Your inbox is empty', text: 'Tasks without a project show here.' },
    project: { title: 'This project has no open tasks', text: 'Add one here: press N.' },
    tag: {
      title: 'No open task has this tag',
      text: 'Give a task this tag in its drawer, or write # and its name when you add one.',
    },
    filter: { title: 'No task fits this filter', text: 'Change its condition, or come back when something does.' },
    search: {
      title: 'Nothing was found',
      text: 'Words are found in titles, descriptions, tags and projects. Try fewer of them.',
    },
    searchStart: { title: 'What are you looking for?', text: 'Type a word; the beginning of it is enough.' },
  },
  searchTitle: (words: string) => (words === '' ? 'Search' : `Search: ${words}`),
  searchOffline: 'You are offline: this is what is found in this browser, without typing errors being forgiven.',
  searchFailed: 'The server could not search just now: this is what is found in this browser.',
  filterOffline: 'Saved filters are evaluated by the server: this list shows when you are online.',
  filterFailed: 'This filter could not be evaluated.',
  filterStale: 'You are offline: this is what fitted when it was last evaluated.',
  searching: 'Searching…',
  foundCount: (count: number) => `${counted(count, 'task', 'tasks')} found`,
} as const;
