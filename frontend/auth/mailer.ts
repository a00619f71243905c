// Sends mails by SMTP; on a developer's machine without SMTP they go to the log.
import { createTransport } from 'nodemailer';

import type { ServerConfig } from '@/config/server';
import type { Mail } from '@/words/mails';

export type Send = (to: string, mail: Mail) => Promise<void>;

export function mailer(config: Pick<ServerConfig, 'mail'>): Send {
  if (config.mail === null) {
    return toLog;
  }
  const { url, from } = config.mail;
  // A password never goes over a connection that somebody could read.
  const requireTLS = new URL(url).password !== '';
  const transport = createTransport({ url, requireTLS, connectionTimeout: 10_000, socketTimeout: 20_000 });
  return async (to, mail) => {
    await transport.sendMail({ from, to, subject: mail.subject, text: mail.text });
  };
}

/** The configuration allows this on the local stack alone: elsewhere a link in a log would open somebody's account. */
const toLog: Send = (to, mail) => {
  console.info(`mail to ${to} (no SMTP_URL is set, so it is only shown here)\n${mail.subject}\n\n${mail.text}`);
  return Promise.resolve();
};
