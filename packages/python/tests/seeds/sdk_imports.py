# Exports all SDK modules as submodules
from bifrost import ai, config, files, integrations, knowledge, tables, workflows, executions, organizations
