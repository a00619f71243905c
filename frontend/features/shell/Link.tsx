'use client';

import type { ComponentProps, MouseEvent } from 'react';

import { goTo } from './address';

/** A link within the page: it asks no server, so it works offline. */
export function Link({ href, onClick, ...rest }: { href: string } & ComponentProps<'a'>) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    goTo(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
