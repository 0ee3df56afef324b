import type { Parameter } from '@bifrost/contract'
import type { AnalyzedFile, Executable } from '../../types.ts'
import { FixtureWorkspace } from '../fixture-workspace.ts'
import { PythonAnalyzer } from './analyzer.ts'

/** What analysis says of the files of a workspace that has these. */
export function analyzed(files: Record<string, string | Buffer>): AnalyzedFile[] {
  using workspace = new FixtureWorkspace()
  for (const [path, text] of Object.entries(files)) workspace.write(path, text)
  return new PythonAnalyzer(workspace.dir).analyze()
}

/** The file of this text. */
export const fileOf = (text: string | Buffer, others: Record<string, string> = {}): AnalyzedFile =>
  analyzed({ ...others, 'case.py': text }).find((file) => file.path === 'case.py') as AnalyzedFile

/** The one definition of this text. */
export function definedBy(text: string, others: Record<string, string> = {}): Executable {
  const file = fileOf(text, others)
  if (file.error) throw new Error(`${file.error.message} (${file.error.line})`)
  const [executable] = file.executables
  if (!executable || file.executables.length > 1) throw new Error(`Not one definition: ${text}`)
  return executable
}

const SHARED = {
  'shared/types.py': `
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum, auto
from typing import NewType, NotRequired, TypedDict

from pydantic import BaseModel, Field


class Role(str, Enum):
    ADMIN = "admin"
    IN_PROGRESS = "in-progress"


class Level(IntEnum):
    LOW = auto()
    HIGH = auto()


class Kind(StrEnum):
    BIG = auto()


@dataclass
class Address:
    """Where a person lives.

    Attributes:
        street: Street and number
    """

    street: str
    zip: "str | None" = None
    tags: list[str] = field(default_factory=list)


class Ticket(TypedDict, total=False):
    id: int
    title: NotRequired[str]


class Customer(BaseModel):
    name: str = Field(..., description="Full name")
    age: int = 18
    address: Address
    friend: "Customer | None" = None

    def greet(self) -> str:
        return self.name


CustomerId = NewType("CustomerId", int)
Names = list[str]
MAX_ROWS = 30 * 2
`,
}

const HEAD = `
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Callable, Dict, List, Literal, Optional, Union
import typing as t

from bifrost import ExecutionContext, FileRef, workflow
from shared import types
from shared.types import Address, Customer, CustomerId, Kind, Level, MAX_ROWS, Names, Role, Ticket
`

/** The parameters of a function with this parameter list. */
export const parametersOf = (list: string, before = ''): Parameter[] =>
  definedBy(`${HEAD}\n${before}\n@workflow\nasync def job(${list}):\n    pass\n`, SHARED).parameters

export const only = (list: string, before = ''): Parameter => parametersOf(list, before)[0] as Parameter
