import { handle } from '@/auth/server';

export const GET = handle;
export const POST = handle;
