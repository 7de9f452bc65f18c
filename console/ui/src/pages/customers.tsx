/** Finding a customer, those who matter most first. */
import { useSignal } from "@preact/signals";
import { HicBadge, LevelBadge, TierBadge } from "../parts/badges";
import { Icon } from "../parts/icons";
import { PageTitle } from "../parts/page-title";
import { Empty, Failed, Skeleton } from "../parts/states";
import { useKeys } from "../keys";
import { link, query, refine } from "../router";
import { useLoaded } from "../store/loading";
import type { FoundCustomer } from "../types";
import { many } from "../wording";

const TYPED_MS = 150;

export function CustomersPage() {
  const q = query.value.get("q") ?? "";
  const timer = useSignal<ReturnType<typeof setTimeout> | undefined>(undefined);
  const { state, reload } = useLoaded<{ customers: FoundCustomer[] }>(`customers?q=${encodeURIComponent(q)}`, () => false);
  const { data, error } = state.value;
  useKeys({ search: () => document.querySelector<HTMLInputElement>("#find-customer")?.select() });
  const typed = (text: string) => {
    clearTimeout(timer.peek());
    timer.value = setTimeout(() => refine({ q: text.trim() }), TYPED_MS);
  };
  return (
    <div class="page">
      <div class="page-head">
        <PageTitle>Customers</PageTitle>
        <span class="space" />
        <label class="search">
          <span class="unseen">Search customers by name, id or address</span>
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
      {error && <Failed error={error} again={reload} />}
      {!data && !error && <Skeleton lines={10} />}
      {data?.customers.length === 0 && (
        <Empty title={q ? `No customer is called “${q}”.` : "No customer is known yet."}>
          <p>{q ? "Search for a part of the name, the id, or an address." : "They appear with the first event that names one."}</p>
        </Empty>
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
              <td>{one.open_tasks ? many(one.open_tasks, "task") : <span class="muted">none</span>}</td>
              <td>{one.level ? <LevelBadge level={one.level} /> : <span class="muted">no sign</span>}</td>
              <td class="muted">{one.id}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
