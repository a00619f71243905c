import { Shell } from '@/features/shell/Shell';

/** What the service worker keeps: it opens without a server, for who was signed in last in this browser. */
export default function OfflineShell() {
  return <Shell session={null} />;
}
