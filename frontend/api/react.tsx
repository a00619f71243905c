'use client';

// The clients of the services for React: for what the live store does not carry.
import { createContext, useContext, useMemo } from 'react';
import type { ReactNode } from 'react';

import type { TokenSource } from '@/auth/token';
import type { Config } from '@/config/config';

import { clients } from './client';
import type { Api } from './client';

const ApiContext = createContext<Api | null>(null);

/** `config` and `tokens` are to stay the same objects: new ones make new clients. */
export function ApiProvider({
  config,
  tokens,
  children,
}: {
  config: Config;
  tokens: TokenSource;
  children: ReactNode;
}) {
  const api = useMemo(() => clients(config, tokens), [config, tokens]);
  return <ApiContext value={api}>{children}</ApiContext>;
}

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) {
    throw new Error('there is no ApiProvider above this component');
  }
  return api;
}
