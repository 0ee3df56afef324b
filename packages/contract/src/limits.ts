import { countLimits } from './count-limits.ts'

/**
 * Every limit of the platform, in one place. Units are the last word of each name.
 * What goes over a limit is refused with an error that names the limit, or cut where the comment says so.
 */
export const limits = {
  /** A JSON request body of a route that takes data: input of runs, rows, files. Larger ones answer 413. */
  bodyBytesMax: 10 * 1024 * 1024,
  /** The JSON body of all other routes. */
  smallBodyBytesMax: 4 * 1024 * 1024,
  /** The JSON body of a query of a table, and of a change or deletion by a filter. */
  queryBodyBytesMax: 2 * 1024 * 1024,
  /** Values in one JSON body: members of lists and objects. More answer 413. */
  jsonValuesMax: 500_000,
  /** Bodies of one organization that are in memory at once, those below 64 KB not counted; more answer 429. */
  bodyBytesAtOnceMax: 64 * 1024 * 1024,
  /** Requests of one organization that are handled at once in one process; further ones wait. */
  requestsAtWorkMax: 64,
  /** Requests of one organization that wait; a further one answers 429. */
  requestsWaitingMax: 1000,
  /** How long a request waits; then it answers 429. */
  requestWaitMs: 30_000,
  /** Requests of one organization that wait for the end of a run, in one process; a further one answers 429. */
  requestsOpenMax: 1000,
  /** Uploads and downloads of one organization at once in one process; a further one answers 429. */
  transfersAtOnceMax: 32,
  /** Open streams of runs in one process, those of one person and those of one organization; more answer 429. */
  streamsPerPersonMax: 50,
  streamsPerOrganizationMax: 500,
  /** Connections of one address (of IPv6, one /64) that one process has open; a further one is closed at once. Trusted proxies have no such limit. */
  connectionsPerAddressMax: 2_000,
  /** Connections of all addresses, and three quarters of the open files of the process at most; a further one is closed at once. */
  connectionsMax: 50_000,
  /** Smaller JSON answers are sent as they are: compressing costs more than it saves. */
  compressedAnswerBytesMin: 4 * 1024,
  /** Larger JSON answers are sent as they are, so that compressing one does not occupy a thread for long. */
  compressedAnswerBytesMax: 1024 * 1024,
  /** Answers of one organization that wait to be taken, those below 64 KB not counted; a further one is replaced by 429. */
  answerBytesAtOnceMax: 128 * 1024 * 1024,
  /** A larger answer of which nothing is taken for so long is given up, with its connection. */
  answerIdleTimeoutMs: 60_000,
  /** Log lines that one answer gives; the rest is on further pages. */
  logPageBytesMax: 8 * 1024 * 1024,
  /** The JSON body of a route that needs no sign-in. */
  publicBodyBytesMax: 16 * 1024,
  /** The JSON body of a call of an endpoint. */
  endpointBodyBytesMax: 1024 * 1024,
  /** The most calls that a key may be allowed in one minute. */
  endpointCallsPerMinuteMax: 60_000,
  /** Calls in one minute of a key that says nothing else. */
  endpointCallsPerMinuteDefault: 600,
  /** Calls of public endpoints in one minute from one address. */
  publicEndpointCallsPerMinuteMax: 60,
  /** Nesting of a JSON body, of which deeper ones answer 400, and of what code gives the platform: results, outputs, arguments. */
  jsonDepthMax: 64,
  /** A run's result, as JSON. A larger one fails the run with advice to store a file. */
  resultBytesMax: 8 * 1024 * 1024,
  /** A step's output, as JSON. A larger one fails the step with advice to store a file. */
  stepOutputBytesMax: 8 * 1024 * 1024,
  /** Durable calls of one run. */
  stepsPerRunMax: 100_000,
  /** Steps of one page of their list, where the request says nothing else and at most. */
  stepsPageDefault: 200,
  stepsPageMax: 1000,
  /** Outputs of the steps of one page together; a page ends before them, and has one step at least. */
  stepsPageBytesMax: 16 * 1024 * 1024,
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
  /** Tables of one organization. */
  tablesMax: 500,
  /** Rows of one table. */
  tableRowsMax: 5_000_000,
  /** Rows that one update or deletion by a filter may change. */
  tableBulkRowsMax: 100_000,
  /** A file that is imported into a table. */
  tableImportBytesMax: 512 * 1024 * 1024,
  /** Imports at once in one process, and those of one organization. */
  tableImportsMax: 4,
  tableImportsPerOrganizationMax: 2,
  /** How long one query of a table may take. */
  tableQueryTimeMs: 15_000,
  /** How long it may take while other organizations have large queries at work. */
  tableQueryContendedTimeMs: 3000,
  /** What one statement for an organization brings from the database; more is refused. */
  statementBytesMax: 32 * 1024 * 1024,
  /** How long any other statement for an organization may take. */
  statementTimeMs: 30_000,
  /** How long a statement for an organization waits for a lock. */
  lockWaitMs: 10_000,
  /** A transaction for an organization in which nothing happens for so long is ended. */
  transactionIdleMs: 60_000,
  /** Connections to the database that one process has for requests and SDK calls of all organizations. */
  scopedConnectionsMax: 10,
  /** How many of them one organization uses at once. */
  scopedConnectionsPerOrganizationMax: 5,
  /** Statements of one organization that wait for one; a further one answers 429. */
  statementsWaitingMax: 500,
  /** Large queries (of tables, searches, exports) at once in one process. */
  heavyStatementsMax: 6,
  /** How many of them one organization has; one fewer while others have some. */
  heavyStatementsPerOrganizationMax: 3,
  /** Large queries of one organization that wait; a further one answers 429. */
  heavyStatementsWaitingMax: 50,
  /** How long either of them waits; then it answers 429. */
  statementWaitMs: 15_000,
  /** Large writes of the engine (step.tx, events, startMany) at once in one process, and those of one organization. */
  engineSharesMax: 8,
  engineSharesPerOrganizationMax: 3,
  /** Such writes of one organization that wait, and how long; a further one is refused. */
  engineSharesWaitingMax: 5000,
  engineShareWaitMs: 60_000,
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
  /** A Python module that files import; generated clients have megabytes. */
  pythonModuleBytesMax: 8 * 1024 * 1024,
  /** The Python files of one bundle together. */
  pythonBundleBytesMax: 16 * 1024 * 1024,
  /** A `requirements.txt` or `pyproject.toml`. */
  pythonRequirementsBytesMax: 64 * 1024,
  /** The installed Python packages of one owner, for one list of requirements. */
  pythonPackagesBytesMax: 2 * 1024 ** 3,
  /** Files of those. */
  pythonPackageFilesMax: 200_000,
  /** An installation of Python packages is ended after so long. */
  pythonInstallTimeoutMs: 10 * 60_000,
  /** Installations of Python packages at once, on one server; of one owner there is one. */
  pythonInstallsMax: 2,
  /** Source files of one organization; a further one is refused, and those that are there already are not read. */
  sourceFilesMax: 2_000,
  /** Source files that belong to no organization. */
  globalSourceFilesMax: 20_000,
  /** All source files of one organization together; what is beyond is not read. */
  sourceBytesMax: 64 * 1024 * 1024,
  /** All source files that belong to no organization together. */
  globalSourceBytesMax: 512 * 1024 * 1024,
  /** Folders within folders in which source files are looked for. */
  sourceFolderDepthMax: 32,
  /** Files and folders of one owner that are looked at to find source files. */
  sourceEntriesMax: 50_000,
  /** A run, a list or a save waits so long for its owner's files to be read; then what is known counts. */
  sourceWaitTimeoutMs: 10_000,
  /** A save waits so long to learn what the new text defines; then it is done without the question. */
  savePreviewTimeoutMs: 5_000,
  /** Brackets within brackets of a source file; deeper ones are listed with an error. */
  sourceNestingMax: 250,
  /** Everything that is read to analyze the files of one owner, packages included. */
  analysisBytesMax: 128 * 1024 * 1024,
  /** What analysis says of one file, as JSON; a file of more is listed with an error. */
  analyzedFileBytesMax: 1024 * 1024,
  /** Files that become one bundle, packages included. */
  bundleInputBytesMax: 128 * 1024 * 1024,
  /** Source files that a code version keeps to show where a run failed; the line of a file beyond is not shown. */
  codeSourceBytesMax: 8 * 1024 * 1024,
  /** Processor time of analysis for one file; a slower one is listed with an error until it changes. */
  buildFileTimeMs: 10_000,
  /** Processor time of analysis for all files of one owner that a change touches. */
  buildAnalysisTimeMs: 60_000,
  /** Processor time of a look at one text that is about to be saved. */
  buildPreviewTimeMs: 4_000,
  /** Processor time of one bundle. */
  buildBundleTimeMs: 30_000,
  /** Memory of one builder process, with what it starts; one that takes more is ended. */
  builderMemoryBytesMax: 2 * 1024 * 1024 * 1024,
  /** Temporary files of one builder process. */
  builderFolderBytesMax: 16 * 1024 * 1024,
  /** Files and connections that a builder process has open. */
  builderOpenFilesMax: 4096,
  /** Processes and threads of a builder. */
  builderProcessesMax: 128,
  /** Builder processes at once that read types, and as many again that bundle; an owner's are its own, and one customer has one at work. */
  buildersMax: 2,
  /** Requests of one customer (with all organizations below it) to the builders that wait; further ones answer 429. */
  builderWaitingMax: 200,
  /** Inline code sent to `POST /api/workflows/code/execute`. */
  codeBytesMax: 256 * 1024,
  /** A file read or written through the files API or the SDK. */
  fileBytesMax: 100 * 1024 * 1024,
  /** A file that comes or goes as a stream: uploads, downloads, signed addresses, `files.writeStream`. */
  fileStreamBytesMax: 2 * 1024 * 1024 * 1024,
  /** One part of a stream between user code and the platform. */
  filePartBytesMax: 1024 * 1024,
  /** All files of one organization, unless it has a quota of its own. */
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
  /** All code versions that are kept of one organization. Beyond it, those that nothing needs go before their time. */
  codeVersionBytesMax: 2 * 1024 * 1024 * 1024,
  /** Display columns of one workflow. */
  columnsMax: 10,
  columnNameLengthMax: 60,
  /** The text of one display column; the rest is cut. */
  columnLengthMax: 300,
  /** Histories that one check replays; the answer says how many are left. */
  historiesCheckedMax: 500,
  /** Runs that one bulk action may be about; a filter that finds more is refused. */
  bulkRunsMax: 10_000,
  /** Schedules of one organization that were made through the API. */
  schedulesMax: 1000,
  /** Fire times of one schedule that wait or are caught up after a downtime; of more, the latest count. */
  scheduleFireTimesMax: 1000,
  /** Runs that one worker process has in flight at once. One organization alone gets four ninths of it: 400. */
  runsPerWorkerMax: 900,
  /** A run that is being stopped beside one that does not yield waits so long for it; then their process is ended. */
  blockedMsMax: 5000,
  /** Runs that one child process has in flight at once. */
  runsPerChildMax: 200,
  /** How long a run whose caller waits for its end may wait for room; then it is withdrawn, and the caller gets 429. */
  executeStartWaitMs: 30_000,
  /** With all child processes at work, an organization that has none waits so long before one of another is ended for it. */
  childWaitMs: 500,
  /** A child process that has been at work for less is not ended for another organization. */
  childHeldMs: 10_000,
  /** Resident memory of one child process; beyond it the process is ended. */
  childMemoryBytesMax: 1024 * 1024 * 1024,
  /** What one child process may have in its temporary folder. */
  childFolderBytesMax: 256 * 1024 * 1024,
  /** Files and connections that one child process has open at once. */
  childOpenFilesMax: 4096,
  /** Processes and threads of one child process. */
  childProcessesMax: 128,
  /** Connections that one child process has open at once, through the proxy of its sandbox. */
  childConnectionsMax: 500,
  /** Those of all child processes of one customer (with all organizations below it) on one server. */
  orgConnectionsMax: 2000,
  /** One piece of work that holds up the event loop for longer is logged, with who caused it. */
  stallMs: 100,
  /** Work of the event loop for the messages and the requests of one customer in one stretch, before others come in between. */
  loopBurstMs: 100,
  /** Organizations whose share of the event loop is remembered. */
  loopSharesMax: 10_000,
  /** SDK calls of the runs of one organization that one process answers at once; further ones wait. */
  sdkCallsAtWorkMax: 32,
  /** SDK calls and records that one child may have open; meanwhile nothing more of it is read. */
  childCallsOpenMax: 10_000,
  /** Log lines of one child that are not yet stored; meanwhile nothing more of it is read. */
  childLogBytesMax: 8 * 1024 * 1024,
  /** Values in one message of a child. More end it. */
  messageValuesMax: 1_000_000,
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
  /** How long an outbound call for an organization may take to connect. */
  egressConnectTimeoutMs: 10_000,
  /** A connection of a child process on which nothing is sent for so long is closed. */
  egressIdleTimeoutMs: 60 * 60 * 1000,
  /** All hops of such a call, until its answer has come. */
  egressTimeoutMs: 30_000,
  /** Redirects that are followed. */
  egressRedirectsMax: 5,
  /** The answer to such a call, unpacked. */
  egressBytesMax: 32 * 1024 * 1024,
  /** A configuration value, as JSON. Larger things belong into files. */
  configValueBytesMax: 64 * 1024,
  /** Texts that one secret may consist of: the members of an object or a list. */
  secretPartsMax: 100,
  /** Characters of all parts of one secret. */
  secretLengthMax: 16 * 1024,
  /** Parts of secrets that the runs of one process may have read; at half of it, new runs get a new process. */
  secretPartsPerProcessMax: 1000,
  /** Characters of the secrets that the runs of one process may have read. */
  secretLengthPerProcessMax: 256 * 1024,
  /** Characters of all encodings of these secrets that are searched for in what the runs write; 32 of each count. */
  secretIndexPerProcessMax: 1_000_000,
  /** What a run writes is searched for secrets on a thread of its own when it has more characters. */
  redactionLengthMax: 64 * 1024,
  /** Configuration values of one organization. */
  configEntriesMax: 2000,
  /** Rows that one export of the audit log gives; more need a narrower filter. */
  auditExportRowsMax: 100_000,
  /** Runs of one organization that start within a minute, unless it has a quota of its own. */
  runsPerMinuteDefault: 120_000,
  /** Runs of one organization at work at once in all processes, unless it has a quota of its own: what five workers give it. */
  concurrentRunsDefault: 2_000,
  /** Runs of one organization that wait to start, unless it has a quota of its own. */
  queuedRunsDefault: 250_000,
  /** Events of one organization within a minute, unless it has a quota of its own. */
  eventsPerMinuteDefault: 60_000,
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
  /** A text that a person fills in. */
  formTextLengthMax: 20_000,
  formPatternLengthMax: 300,
  /** Forms of one organization. */
  formsMax: 1000,
  ...countLimits,
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
  /** An unused session ends after this. */
  sessionIdleDaysMax: 7,
  /** The token of a session in use is replaced after this; the one before it counts for sessionGraceMs more. */
  sessionRotationMs: 60 * 60 * 1000,
  sessionGraceMs: 60_000,
  /** Wrong passwords or codes of one account from one network, or from one device that it knows, within the window. */
  signInTriesMax: 10,
  /** Wrong ones of all accounts together from one address within the window. */
  signInTriesPerAddressMax: 50,
  /** Wrong passwords of one account from all networks together; beyond, they are tried one after the other, slowly. */
  signInTriesAtOnceMax: 50,
  /** The same for codes of second factors. */
  signInCodesAtOnceMax: 20,
  /** How long wrong passwords and codes count, in minutes. */
  signInWindowMinutesMax: 15,
  /** Between password and second factor, and between a passkey's challenge and its answer. */
  signInStepMinutesMax: 5,
  /** Changing how a person signs in requires a proof of identity that is no older than this. */
  proofMinutesMax: 15,
  /** Codes that may be tried for one right password. */
  secondFactorTriesMax: 5,
  recoveryCodesMax: 10,
  passkeysMax: 20,
  /** The link with which a person sets a new password is valid this long. */
  passwordLinkHoursMax: 24,
  /** The codes of a device login, and the key that it gives. */
  deviceCodeMinutesMax: 10,
  deviceKeyDaysMax: 90,
  /** How long an invitation is valid. */
  invitationDaysDefault: 7,
  invitationDaysMax: 30,
  /** Organizations above one another. */
  organizationDepthMax: 10,
  /** Organizations below one customer, at whatever depth; a further one is refused. */
  organizationsPerCustomerMax: 100,
  /** Organizations that one request maps to what they are at a service. */
  integrationMappingsPerRequestMax: 500,
  /** Entries that a list of the SDK gives: organizations, people, roles, mappings. */
  sdkListMax: 1000,
} as const
