/** Finding a customer, those who matter most first. */
import { useSignal } from "@preact/signals";
import { HicBadge, LevelBadge, TierBadge } from "../components/badges";
import { Icon } from "../components/icons";
import { EmptyState, ErrorState, Skeleton } from "../components/page-states";
import { PageTitle } from "../components/page-title";
import { link, query, setQuery } from "../router";
import { useShortcuts } from "../shortcuts";
import { useQuery } from "../store/use-query";
import type { FoundCustomer } from "../types";
import { plural } from "../wording";

const TYPING_PAUSE_MS = 150;

export function CustomersPage() {
  const q = query.value.get("q") ?? "";
  const timer = useSignal<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { state, reload } = useQuery<{ customers: FoundCustomer[] }>(`customers?q=${encodeURIComponent(q)}`, () => false);
  const { data, error } = state.value;
  useShortcuts({ search: () => document.querySelector<HTMLInputElement>("#find-customer")?.select() });
  const typed = (text: string) => {
    clearTimeout(timer.peek());
    timer.value = setTimeout(() => setQuery({ q: text.trim() }), TYPING_PAUSE_MS);
  };
  return (
    <div class="page">
      <div class="page-header">
        <PageTitle>Customers</PageTitle>
        <span class="space" />
        <label class="search">
          <span class="visually-hidden">Search customers by name, id or address</span>
          <Icon name="search" />
          <input
            id="find-customer"
            type="search"
            placeholder="Name, id or e-mail"
            defaultValue={q}
            onInput={(event) => typed(event.currentTarget.value)}
          />
          <kbd aria-hidden="true">/</kbd>
        </label>
      </div>
      {error && <ErrorState error={error} retry={reload} />}
      {!data && !error && <Skeleton lines={10} />}
      {data?.customers.length === 0 && (
        <EmptyState title={q ? `No customer is called “${q}”.` : "No customer is known yet."}>
          <p>{q ? "Search for a part of the name, the id, or an address." : "They appear with the first event that names one."}</p>
        </EmptyState>
      )}
      {data && data.customers.length > 0 && <Table customers={data.customers} />}
      {data && data.customers.length >= 50 && <p class="muted small after">The first 50 are shown: search to find others.</p>}
    </div>
  );
}

function Table({ customers }: { customers: readonly FoundCustomer[] }) {
  return (
    <div class="card flush">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Customer</th>
            <th scope="col">Tier</th>
            <th scope="col">Open tasks</th>
            <th scope="col">May leave</th>
            <th scope="col">Id</th>
          </tr>
        </thead>
        <tbody>
          {customers.map((one) => (
            <tr key={one.id}>
              <td>
                <a href={link.customer(one.id)}>{one.name ?? one.id}</a>
              </td>
              <td class="badges">
                <TierBadge tier={one.tier} />
                {one.hic && <HicBadge />}
              </td>
              <td>{one.open_tasks ? plural(one.open_tasks, "task") : <span class="muted">none</span>}</td>
              <td>{one.level ? <LevelBadge level={one.level} /> : <span class="muted">no sign</span>}</td>
              <td class="muted">{one.id}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
