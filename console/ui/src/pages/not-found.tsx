/** There is no page at this address. */
import { PageTitle } from "../components/page-title";
import { path } from "../router";

export function NotFoundPage() {
  return (
    <div class="page empty">
      <PageTitle>No such page</PageTitle>
      <p>
        There is nothing at <code>{path.value}</code>. The link may be cut off, or from another version of the board.
      </p>
      <p>
        <a href="/">Go to the queue</a>, or find what you look for with <kbd>Ctrl</kbd> <kbd>K</kbd>.
      </p>
    </div>
  );
}
