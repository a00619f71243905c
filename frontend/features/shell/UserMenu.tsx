'use client';

import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconDevices, IconLogout } from '@tabler/icons-react';
import type { ReactElement } from 'react';

import { help, palette, settings, signOut } from '@/features/tasks/actions/general';
import { words } from '@/words/en';

import { useAct } from './act';
import { useShellStore } from './shell-state';
import type { User } from './session';

const SCHEMES = ['auto', 'light', 'dark'] as const;

export function UserMenu({
  user,
  button,
  opened,
  onChange,
}: {
  user: User;
  button: ReactElement;
  opened: boolean;
  onChange: (opened: boolean) => void;
}) {
  const act = useAct();
  const shell = useShellStore();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu
      opened={opened}
      onChange={onChange}
      position="bottom-end"
      width={240}
      shadow="md"
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.name}
          <br />
          {user.email}
        </Menu.Label>
        <Menu.Divider />
        {[settings, palette, help].map((action) => (
          <Menu.Item
            key={action.id}
            leftSection={<action.icon size={18} stroke={1.75} />}
            onClick={() => act.run(action)}
          >
            {action.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{words.shell.theme}</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(chosen) => SCHEMES.forEach((scheme) => scheme === chosen && setColorScheme(scheme))}
        >
          {SCHEMES.map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme}>
              {words.shell.themes[scheme]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={18} stroke={1.75} />} onClick={() => act.run(signOut)}>
          {words.shell.signOut}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDevices size={18} stroke={1.75} />}
          onClick={() => shell.set({ panel: { kind: 'sign-out-everywhere' } })}
        >
          {words.shell.signOutEverywhere}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
