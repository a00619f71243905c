import { Center, Container, Paper, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import { signIn as words } from '@/words/sign-in';

/** A card in the middle of the page. */
export default function SignInLayout({ children }: { children: ReactNode }) {
  return (
    <Center mih="100dvh" p="md">
      <Container component="main" size={420} w="100%" p={0}>
        <Stack>
          <div>
            <Text fw={700} size="xl">
              {words.product}
            </Text>
            <Text size="sm">{words.tagline}</Text>
          </div>
          <Paper withBorder radius="md" p={{ base: 'md', xs: 'xl' }}>
            {children}
          </Paper>
        </Stack>
      </Container>
    </Center>
  );
}
