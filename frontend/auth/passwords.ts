// What a password must be, for the form and for the server.

export const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 128;
