'use client';

// One way for all forms: check, ask the server, say at the field what is wrong.
import { type SubmitEvent, useState, useSyncExternalStore } from 'react';

import { AuthFailure, type Field } from '../failure';
import { type checks, type Errors, errorsOf, type Values } from './checks';

type Check = (typeof checks)[keyof typeof checks];

export interface AuthForm {
  readonly errors: Errors;
  /** What belongs to no field. */
  readonly failure: string | null;
  readonly busy: boolean;
  /** Before that, pressing Enter would send the form as a browser does, without us. */
  readonly ready: boolean;
  readonly submit: (event: SubmitEvent<HTMLFormElement>) => void;
  /** Shows what went wrong beside the form. */
  readonly fail: (message: string) => void;
}

export function useAuthForm(
  wanted: Partial<Record<Field, Check>>,
  send: (values: Values) => Promise<void>,
  failedBefore: string | null = null,
): AuthForm {
  const [errors, setErrors] = useState<Errors>({});
  const [failure, setFailure] = useState<string | null>(failedBefore);
  const [busy, setBusy] = useState(false);
  const ready = useSyncExternalStore(noChange, onClient, onServer);

  function show(form: HTMLFormElement, found: Errors) {
    setErrors(found);
    const first = Object.keys(found)[0];
    if (first !== undefined) form.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
  }

  async function run(form: HTMLFormElement) {
    const values = valuesOf(form);
    const found = errorsOf(values, wanted);
    setFailure(null);
    show(form, found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      await send(values);
    } catch (error) {
      if (!(error instanceof AuthFailure)) throw error;
      if (error.field === null) setFailure(error.message);
      else show(form, { [error.field]: error.message });
    } finally {
      setBusy(false);
    }
  }

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy) void run(event.currentTarget);
  };
  return { errors, failure, busy, ready, submit, fail: setFailure };
}

/** From the form itself: what was typed before the page came alive is there too. */
function valuesOf(form: HTMLFormElement): Values {
  const data = new FormData(form);
  const text = (field: Field) => {
    const value = data.get(field);
    return typeof value === 'string' ? value : '';
  };
  return { name: text('name').trim(), email: text('email').trim(), password: text('password') };
}

const noChange = () => () => undefined;
const onClient = () => true;
const onServer = () => false;
