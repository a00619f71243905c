export default function Home() {
  return <main>Taskwire</main>;
}
