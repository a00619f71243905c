'use client';

import { ColorSwatch, Fieldset, Group, Switch, VisuallyHidden } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useState } from 'react';

import { goTo } from '@/features/shell/address';
import { useLive, useSnapshot } from '@/live/react';
import { words } from '@/words/en';

import { NamedForm } from './NamedForm';

const COLORS = ['#c92a2a', '#d9480f', '#a66a00', '#2b8a3e', '#087f5b', '#1864ab', '#364fc7', '#862e9c', '#a61e4d'];

export function ProjectForm({ id, onClose }: { id: string | null; onClose: () => void }) {
  const live = useLive();
  const { projects } = useSnapshot();
  const project = id === null ? undefined : projects.get(id);
  const [color, setColor] = useState(project?.color ?? null);
  const [archived, setArchived] = useState(project?.archived ?? false);
  const text = words.shell.project;

  const save = async (name: string) => {
    if (project === undefined) {
      const made = await live.createProject({ name, color });
      goTo(`/projects/${made}`);
    } else {
      await live.editProject(project.id, { name, color, archived });
    }
  };
  return (
    <NamedForm
      title={project === undefined ? text.new : text.edit}
      nameLabel={text.name}
      name={project?.name ?? ''}
      otherNames={[...projects.values()].filter((each) => each.id !== id).map(({ name }) => name)}
      onSave={save}
      onClose={onClose}
      {...(project === undefined
        ? {}
        : {
            removal: {
              title: text.deleteTitle(project.name),
              text: text.deleteText,
              run: () => live.deleteProject(project.id),
            },
          })}
    >
      <Fieldset legend={text.color} mt="md" variant="unstyled">
        <Group gap={8} mt={6}>
          {[null, ...COLORS].map((each) => (
            <ColorSwatch
              key={each ?? 'none'}
              component="button"
              type="button"
              color={each ?? 'var(--line)'}
              aria-pressed={color === each}
              onClick={() => setColor(each)}
              style={{ cursor: 'pointer', color: each === null ? 'var(--text)' : 'white' }}
            >
              {color === each ? <IconCheck size={16} aria-hidden /> : null}
              <VisuallyHidden>{each ?? text.noColor}</VisuallyHidden>
            </ColorSwatch>
          ))}
        </Group>
      </Fieldset>
      {project === undefined ? null : (
        <Switch
          mt="md"
          label={text.archive}
          checked={archived}
          onChange={(event) => setArchived(event.currentTarget.checked)}
        />
      )}
    </NamedForm>
  );
}
