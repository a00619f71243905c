'use client';

import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconDevices, IconLogout, IconMoon, IconSun, IconSunMoon } from '@tabler/icons-react';
import type { ReactElement } from 'react';

import { help, palette, settings, signOut } from '@/features/tasks/actions/general';
import { words } from '@/words/en';

import { useAct } from './act';
import { useDesk } from './desk';
import type { User } from './session';

const SCHEMES = [
  ['auto', IconSunMoon],
  ['light', IconSun],
  ['dark', IconMoon],
] as const;

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
  const desk = useDesk();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu opened={opened} onChange={onChange} position="bottom-end" width={240} shadow="md">
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
        {SCHEMES.map(([scheme, Picture]) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            leftSection={<Picture size={18} stroke={1.75} />}
            rightSection={colorScheme === scheme ? '✓' : null}
            onClick={() => setColorScheme(scheme)}
          >
            {words.shell.themes[scheme]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={18} stroke={1.75} />} onClick={() => act.run(signOut)}>
          {words.shell.signOut}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDevices size={18} stroke={1.75} />}
          onClick={() => desk.set({ panel: { kind: 'sign-out-everywhere' } })}
        >
          {words.shell.signOutEverywhere}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
