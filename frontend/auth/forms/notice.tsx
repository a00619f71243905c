'use client';

import { Anchor, Stack, Text, Title } from '@mantine/core';
import Link from 'next/link';
import { useEffect, useRef } from 'react';

interface Props {
  readonly title: string;
  readonly text: string;
  readonly link: string;
  readonly href: string;
}

/** Takes the place of a form that has done its work. Its heading gets the focus, so that it is read out. */
export function Notice({ title, text, link, href }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Stack>
      <Title order={1} size="h2" ref={heading} tabIndex={-1}>
        {title}
      </Title>
      <Text>{text}</Text>
      <Anchor component={Link} href={href}>
        {link}
      </Anchor>
    </Stack>
  );
}
