export function PipelinePage(_: { id: string }) {
  return <h1 tabIndex={-1}>Soon</h1>;
}
