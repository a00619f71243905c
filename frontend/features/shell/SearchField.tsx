'use client';

import { IconSearch, IconX } from '@tabler/icons-react';
import { useState } from 'react';

import { IconButton } from '@/ui/IconButton';
import { words } from '@/words/en';

import { searchFor, useAddress } from './address';
import classes from './SearchField.module.css';

/** Searches as one types: the address follows the words, and the list follows the address. */
export function SearchField() {
  const { route, words: sought } = useAddress();
  const isSearching = route?.view === 'search';
  const [typed, setTyped] = useState(sought);
  const [seen, setSeen] = useState(sought);
  if (seen !== sought) {
    // The address changed otherwise: by the browser's way back, or by leaving the search.
    setSeen(sought);
    if (sought !== typed.trim()) setTyped(sought);
  }
  const search = (text: string) => {
    setTyped(text);
    if (text.trim() !== '' || isSearching) searchFor(text.trim());
  };
  return (
    <search className={classes.search}>
      <IconSearch size={18} stroke={1.75} aria-hidden />
      <input
        id="search"
        type="search"
        className={classes.field}
        value={typed}
        maxLength={200}
        autoComplete="off"
        aria-label={words.shell.searchLabel}
        placeholder={words.shell.searchPlaceholder}
        onChange={(event) => search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
          if (event.key === 'Enter') document.querySelector<HTMLElement>('[data-task]')?.focus();
        }}
      />
      {typed === '' ? (
        <kbd className={classes.key} aria-hidden>
          /
        </kbd>
      ) : (
        <IconButton
          icon={IconX}
          label={words.shell.clearSearch}
          className={classes.clear ?? ''}
          onClick={() => search('')}
        />
      )}
    </search>
  );
}
