'use client';

import { Alert, Button, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';

import type { AuthForm } from './use-auth-form';

interface Props {
  readonly title: string;
  readonly submit: string;
  readonly form: AuthForm;
  readonly children: ReactNode;
}

/** Heading, fields, what went wrong, and the button. */
export function Frame({ title, submit, form, children }: Props) {
  return (
    // With POST, so that no browser ever writes a password into the address.
    <form method="post" noValidate onSubmit={form.submit}>
      <Stack>
        <Title order={1} size="h2">
          {title}
        </Title>
        {form.failure !== null && (
          <Alert color="red" variant="light" role="alert">
            {form.failure}
          </Alert>
        )}
        {children}
        <Button type="submit" loading={form.busy} disabled={!form.ready} fullWidth>
          {submit}
        </Button>
      </Stack>
    </form>
  );
}
