/**
 * Every limit of the platform, in one place. Units are the last word of each name.
 * What goes over a limit is refused with an error that names the limit, or cut where the comment says so.
 */
export const limits = {
  /** A JSON request body. Larger ones answer 413. */
  bodyBytesMax: 10 * 1024 * 1024,
  /** The JSON body of a route that nobody must sign in for. */
  publicBodyBytesMax: 16 * 1024,
  /** The JSON body of a call of an endpoint. */
  endpointBodyBytesMax: 1024 * 1024,
  /** The most calls that a key may be allowed in one minute. */
  endpointCallsPerMinuteMax: 60_000,
  /** Calls in one minute of a key that says nothing else. */
  endpointCallsPerMinuteDefault: 600,
  /** Calls of public endpoints in one minute from one address. */
  publicEndpointCallsPerMinuteMax: 60,
  /** Nesting of a JSON body. Deeper ones answer 400. */
  jsonDepthMax: 64,
  /** A run's result, as JSON. A larger one fails the run with advice to store a file. */
  resultBytesMax: 8 * 1024 * 1024,
  /** A step's output, as JSON. A larger one fails the step with advice to store a file. */
  stepOutputBytesMax: 8 * 1024 * 1024,
  /** Durable calls of one run. */
  stepsPerRunMax: 100_000,
  /** The props of a screen, as JSON; a larger value fails the screen with advice to store a file. */
  taskPropsBytesMax: 1024 * 1024,
  /** A saved draft of an answer, as JSON. */
  taskDraftBytesMax: 256 * 1024,
  /** Comments on one task; a further one is refused. */
  taskCommentsMax: 200,
  /** Rows that one query of a table gives. */
  tableQueryRowsMax: 1000,
  /** Fields that one `where` of a table may name. */
  tableWhereFieldsMax: 50,
  /** Writes of one transaction, or of one call. */
  tableWritesMax: 1000,
  /** Declared columns of one table. */
  tableColumnsMax: 200,
  /** Declared indexes of one table; three of them may be unique. */
  tableIndexesMax: 8,
  /** Policies of one table. */
  tablePoliciesMax: 50,
  /** Tables of one organisation. */
  tablesMax: 500,
  /** Rows of one table. */
  tableRowsMax: 5_000_000,
  /** Rows that one update or deletion by a filter may change. */
  tableBulkRowsMax: 100_000,
  /** A file that is imported into a table. */
  tableImportBytesMax: 512 * 1024 * 1024,
  /** How long one query of a table may take. */
  tableQueryTimeMs: 15_000,
  /** A row of a table, as JSON. */
  tableRowBytesMax: 1024 * 1024,
  /** Log lines kept per run; further ones are counted and dropped, and the last line says so. */
  logLinesMax: 10_000,
  /** One log line; the rest is cut. */
  logLineBytesMax: 16 * 1024,
  /** One captured variable, as JSON; the rest is cut. */
  variableBytesMax: 10 * 1024,
  /** All captured variables of a run, as JSON; what does not fit is left out and counted. */
  variablesBytesMax: 256 * 1024,
  /** A workspace source file; larger ones are listed with an error. */
  sourceFileBytesMax: 1024 * 1024,
  /** Inline code sent to `POST /api/workflows/code/execute`. */
  codeBytesMax: 256 * 1024,
  /** A file read or written through the files API or the SDK. */
  fileBytesMax: 100 * 1024 * 1024,
  /** A file that comes or goes as a stream: uploads, downloads, signed addresses, `files.writeStream`. */
  fileStreamBytesMax: 2 * 1024 * 1024 * 1024,
  /** One part of a stream between user code and the platform. */
  filePartBytesMax: 1024 * 1024,
  /** All files of one organisation, unless it has a quota of its own. */
  fileQuotaBytesDefault: 10 * 1024 * 1024 * 1024,
  /** How long a signed address of a file may count: 7 days. */
  signedUrlSecondsMax: 604_800,
  timeoutSecondsDefault: 1800,
  timeoutSecondsMax: 86_400,
  /** How far ahead a run may be planned: 365 days. */
  delaySecondsMax: 31_536_000,
  /** The largest `limit` of the options `concurrency` and `rate`. */
  flowLimitMax: 1000,
  /** Records of one call of `workflows.startMany`. */
  startManyRecordsMax: 100_000,
  pageSizeDefault: 50,
  pageSizeMax: 200,
  /** Code that no workflow and no live run uses any more is kept so long, for forks of runs that ended. */
  codeVersionDaysMax: 30,
  /** Display columns of one workflow. */
  columnsMax: 10,
  columnNameLengthMax: 60,
  /** The text of one display column; the rest is cut. */
  columnLengthMax: 300,
  /** Histories that one check replays; the answer says how many are left. */
  historiesCheckedMax: 500,
  /** Runs that one bulk action may be about; a filter that finds more is refused. */
  bulkRunsMax: 10_000,
  /** Schedules of one organisation that were made through the API. */
  schedulesMax: 1000,
  /** Slots of one schedule that wait or are caught up after a downtime; of more, the latest count. */
  scheduleSlotsMax: 1000,
  /** Runs that one worker process has in flight at once. */
  runsPerWorkerMax: 400,
  /** Runs that one child process has in flight at once. */
  runsPerChildMax: 200,
  /** Wrong fields that one answer names; the rest is left out. */
  fieldErrorsMax: 100,
  /** Loading a bundle (the top level of the author's modules) may take this long. */
  loadTimeoutMs: 10_000,
  /** The payload of an event, as JSON. Larger ones answer 413. */
  eventPayloadBytesMax: 1024 * 1024,
  eventNameLengthMax: 200,
  /** The id and the key of an event. */
  eventIdLengthMax: 200,
  /** Fields that one `match` may name. */
  eventMatchFieldsMax: 10,
  /** How long the `map` of a workflow that an event starts may take. */
  eventMapTimeoutMs: 10_000,
  /** An outbound call that is made for somebody: connecting to the other side. */
  egressConnectTimeoutMs: 10_000,
  /** All hops of such a call, until its answer has come. */
  egressTimeoutMs: 30_000,
  /** Redirects that are followed. */
  egressRedirectsMax: 5,
  /** The answer to such a call, unpacked. */
  egressBytesMax: 32 * 1024 * 1024,
  /** A configuration value, as JSON. Larger things belong into files. */
  configValueBytesMax: 64 * 1024,
  /** Configuration values of one organisation. */
  configEntriesMax: 2000,
  /** Rows that one export of the audit log gives; more need a narrower filter. */
  auditExportRowsMax: 100_000,
  /** Runs of one organisation that start within a minute, unless it has a quota of its own. */
  runsPerMinuteDefault: 1_000_000,
  /** Events of one organisation within a minute, unless it has a quota of its own. */
  eventsPerMinuteDefault: 1_000_000,
  /** How deep runs that start runs may be nested. */
  runDepthMax: 20,
  passwordLengthMin: 12,
  /** Fields of one form. */
  formFieldsMax: 50,
  formFieldNameLengthMax: 60,
  /** Options of one field, whether the form lists them or a data provider gives them; of more, the first count. */
  formOptionsMax: 1000,
  /** What a markdown or html field shows. */
  formContentLengthMax: 20_000,
  /** A text that somebody fills in. */
  formTextLengthMax: 20_000,
  formPatternLengthMax: 300,
  /** Forms of one organisation. */
  formsMax: 1000,
  /** Public links of one form. */
  formLinksMax: 20,
  /** The JSON body of a submission through a public link. */
  formBodyBytesMax: 256 * 1024,
  /** A file that is uploaded through a public link. */
  formFileBytesMax: 10 * 1024 * 1024,
  /** What a launch workflow answers, as JSON. */
  formLaunchBytesMax: 256 * 1024,
  /** How long what a launch workflow answered can be submitted with. */
  formLaunchTimeoutMs: 30 * 60 * 1000,
  /** What one network may ask of public links, and all of them together of one link, in a minute. */
  formRequestsPerMinuteMax: 60,
  formLinkRequestsPerMinuteMax: 600,
  /** Submissions of one network, and of all together through one link, in a minute. */
  formSubmissionsPerMinuteMax: 10,
  formLinkSubmissionsPerMinuteMax: 100,
  /** The text of an expression. */
  expressionLengthMax: 1000,
  /** Brackets within brackets, lists and calls of an expression. */
  expressionDepthMax: 30,
  /** What the evaluation of an expression may cost. */
  expressionStepsMax: 5000,
  /** A text that an expression makes. */
  expressionTextLengthMax: 10_000,
  passwordLengthMax: 256,
  /** A session ends after this, however much it is used. */
  sessionDaysMax: 30,
  /** A session that nobody uses ends after this. */
  sessionIdleDaysMax: 7,
  /** The token of a session in use is replaced after this; the one before it counts for sessionGraceMs more. */
  sessionRotationMs: 60 * 60 * 1000,
  sessionGraceMs: 60_000,
  /** Between password and second factor, and between a passkey's challenge and its answer. */
  signInStepMinutesMax: 5,
  /** What changes how somebody signs in wants a proof of who they are that is no older than this. */
  proofMinutesMax: 15,
  /** Codes that may be tried for one right password. */
  secondFactorTriesMax: 5,
  recoveryCodesMax: 10,
  passkeysMax: 20,
  /** The link with which somebody sets a new password counts so long. */
  passwordLinkHoursMax: 24,
  /** The codes of a device login, and the key that it gives. */
  deviceCodeMinutesMax: 10,
  deviceKeyDaysMax: 90,
  /** How long an invitation is valid. */
  invitationDaysDefault: 7,
  invitationDaysMax: 30,
  /** Organisations above one another. */
  organizationDepthMax: 10,
  /** Entries that a list of the SDK gives: organisations, people, roles. */
  sdkListMax: 1000,
} as const
