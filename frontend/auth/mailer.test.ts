import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { confirmAddress } from '@/words/mails';

import { mailer } from './mailer';

const ANSWERS: Readonly<Record<string, string>> = { QUIT: '221 bye', STARTTLS: '502 there is no TLS here' };

/** Takes mails as an SMTP server does, without TLS. */
function converse(socket: Socket, taken: string[]): void {
  const say = (line: string) => socket.write(`${line}\r\n`);
  let text: string[] | null = null;
  say('220 mail.example ESMTP');
  createInterface(socket).on('line', (line) => {
    if (text !== null && line !== '.') text.push(line);
    else if (text !== null) {
      taken.push(text.join('\n'));
      text = null;
      say('250 taken');
    } else if (line === 'DATA') {
      text = [];
      say('354 go on');
    } else say(ANSWERS[line] ?? '250 ok');
  });
}

describe('mails', () => {
  const taken: string[] = [];
  const server = createServer((socket) => converse(socket, taken));
  let host = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  const link = 'https://tasks.example/verify-email?token=abc';

  test('go to the SMTP server, with their link whole', async () => {
    const send = mailer({ mail: { url: `smtp://${host}`, from: 'Taskwire <tasks@tasks.example>' } });
    await send('ada@example.com', confirmAddress(link));
    expect(taken).toHaveLength(1);
    expect(taken[0]).toContain('To: ada@example.com');
    expect(taken[0]).toContain('From: Taskwire <tasks@tasks.example>');
    expect(taken[0]?.replaceAll('=\n', '').replaceAll('=3D', '=')).toContain(link);
  });

  test('are refused, and with them the password, where the server offers no TLS', async () => {
    const url = `smtp://user:password@${host}`;
    const send = mailer({ mail: { url, from: 'tasks@tasks.example' } });
    await expect(send('ada@example.com', confirmAddress(link))).rejects.toThrow(/TLS/);
    expect(taken).toHaveLength(1);
  });

  test('are shown in the log where there is no SMTP server', async () => {
    const log = vi.spyOn(console, 'info').mockReturnValue();
    await mailer({ mail: null })('ada@example.com', confirmAddress(link));
    expect(log.mock.calls.flat().join('\n')).toContain(link);
    log.mockRestore();
  });
});
