// What people read while they sign in, up and out.
import { SHORTEST_PASSWORD } from '@/auth/passwords';

export const signIn = {
  product: 'Taskwire',
  tagline: 'Plan tasks, be reminded, see every change at once.',
  name: 'Name',
  email: 'E-mail address',
  password: 'Password',
  newPassword: 'New password',
  passwordHint: `At least ${SHORTEST_PASSWORD} characters. A few words are easier to remember than signs.`,
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  signIn: {
    title: 'Sign in',
    submit: 'Sign in',
    forgot: 'Forgot your password?',
    other: 'New here?',
    otherLink: 'Sign up',
    or: 'or',
  },
  signUp: {
    title: 'Sign up',
    submit: 'Sign up',
    other: 'Have an account?',
    otherLink: 'Sign in',
    sentTitle: 'Confirm your address',
    sent: (email: string) =>
      `We have sent a mail to ${email}. Open the link in it to confirm that the address is yours; then sign in.`,
  },
  confirmFirst: {
    title: 'Confirm your address first',
    text: (email: string) => `We have sent a new mail to ${email}. Open the link in it, then sign in.`,
  },
  forgot: {
    title: 'Get a new password',
    text: 'Write the e-mail address of your account. We send a link to it.',
    submit: 'Send the link',
    sentTitle: 'Look into your mail',
    sent: (email: string) =>
      `If ${email} has an account here, a mail with a link is on its way. It is good for one hour.`,
    back: 'Back to sign-in',
  },
  reset: {
    title: 'Set a new password',
    submit: 'Set the password',
    doneTitle: 'Your new password is set',
    done: 'You are signed out on all devices. Sign in with the new password.',
    noTokenTitle: 'This link is not whole',
    noToken: 'Open the link in the mail once more, or get a new one.',
    again: 'Get a new link',
  },
  verify: {
    title: 'Confirm your address',
    text: 'One press, and your address is confirmed.',
    submit: 'Confirm the address',
    doneTitle: 'Your address is confirmed',
    done: 'Sign in to begin.',
    noToken: 'Open the link in the mail once more, or sign in to get a new one.',
  },
  with: { google: 'Go on with Google', github: 'Go on with GitHub' },
  missing: {
    name: 'Write your name.',
    email: 'Write an e-mail address, like ada@example.com.',
    password: 'Write your password.',
  },
  failed: {
    credentials: 'The e-mail address or the password is not right.',
    taken: 'This address has an account already. Sign in, or use another one.',
    short: `Use at least ${SHORTEST_PASSWORD} characters.`,
    long: 'This password is too long.',
    link: 'This link is not good any more. Get a new one.',
    provider: 'Signing in there did not work. Try it again, or use your e-mail address.',
    origin: 'This page is not at the address that Taskwire is set up for.',
    network: 'The server cannot be reached. Look at your connection, and try again.',
    server: 'The server could not do this just now. Try again in a moment.',
    tooMany: (seconds: number) => `Too many attempts. Try again in ${duration(seconds)}.`,
  },
} as const;

/** Rounded up: who waits that long does not come too early. */
function duration(seconds: number): string {
  if (seconds <= 90) {
    return seconds === 1 ? '1 second' : `${seconds} seconds`;
  }
  return `${Math.ceil(seconds / 60)} minutes`;
}
