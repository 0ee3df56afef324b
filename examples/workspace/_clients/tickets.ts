// Stands for a ticket system whose API is down now and then.

export interface Ticket {
  id: number
  subject: string
  customer: string
  minutes: number
}

const tickets: readonly Ticket[] = [
  { id: 4711, subject: 'VPN drops every hour', customer: 'Contoso', minutes: 35 },
  { id: 4712, subject: 'New laptop for Mary', customer: 'Contoso', minutes: 20 },
  { id: 4715, subject: 'Shared mailbox full', customer: 'Fabrikam', minutes: 15 },
]

/** Fails as a service does that is being restarted. */
export async function fetchClosedTickets(isDown: boolean): Promise<readonly Ticket[]> {
  if (isDown) throw new Error('tickets.example answered 503 Service Unavailable')
  return tickets
}
