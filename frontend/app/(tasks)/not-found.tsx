/** The shell around it says that there is nothing here; this only makes the answer a 404. */
export default function NoList() {
  return null;
}
