/** How many there may be of what people and code can create one after the other. Counted exactly; a further one is refused. */
export const countLimits = {
  /** Roles of one organization. */
  rolesMax: 200,
  /** Grants of one organization: workflows, forms and tables that were given to roles. */
  roleGrantsMax: 10_000,
  /** Integrations that one organization has defined. */
  integrationsMax: 200,
  /** Private addresses that were opened for one organization. */
  egressRulesMax: 500,
  /** API keys of one person. */
  apiKeysPerPersonMax: 200,
  /** Keys of endpoints of one organization. */
  endpointKeysMax: 1000,
  /** Pending invitations of one organization: neither used nor withdrawn. */
  invitationsMax: 1000,
  /** People of one organization, deactivated ones included. */
  peopleMax: 10_000,
  /** Cursors of all workflows of one organization. */
  cursorsMax: 10_000,
  /** Saved views that one person keeps for themselves. */
  ownViewsMax: 200,
  /** Views that are shared within one organization. */
  sharedViewsMax: 500,
  /** The filter of one saved view, as JSON. */
  viewFilterCharactersMax: 8000,
} as const
