'use client';

import { PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';

import { signIn as words } from '@/words/sign-in';

interface Props {
  readonly error: string | undefined;
}

export function NameField({ error }: Props) {
  return (
    <TextInput
      name="name"
      label={words.name}
      error={error}
      autoComplete="name"
      maxLength={100}
      required
      withAsterisk={false}
    />
  );
}

export function EmailField({ error }: Props) {
  return (
    <TextInput
      name="email"
      type="email"
      inputMode="email"
      label={words.email}
      error={error}
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={254}
      required
      withAsterisk={false}
    />
  );
}

interface PasswordProps extends Props {
  /** A new one, to be chosen; else the one that the account has. */
  readonly isNew?: boolean;
  readonly label?: string;
}

export function PasswordField({ error, isNew = false, label = words.password }: PasswordProps) {
  const [visible, setVisible] = useState(false);
  return (
    <PasswordInput
      name="password"
      label={label}
      description={isNew ? words.passwordHint : undefined}
      error={error}
      autoComplete={isNew ? 'new-password' : 'current-password'}
      visible={visible}
      onVisibilityChange={setVisible}
      visibilityToggleButtonProps={{ 'aria-label': visible ? words.hidePassword : words.showPassword, tabIndex: 0 }}
      required
      withAsterisk={false}
    />
  );
}
