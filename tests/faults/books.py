"""What the databases of a fleet say, read while its agents run."""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.processes import AGENTS

Rows = list[tuple[Any, ...]]


class Books:
    """The databases of the agents: files of SQLite in one folder."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def query(self, agent: str, sql: str, *values: object) -> Rows:
        """Ask one database; one without tables has no rows."""
        path = self._data / f"{agent}.db"
        if not path.exists():
            return []
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
        try:
            return list(connection.execute(sql, values))
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
        finally:
            connection.close()

    def handled(self, agent: str, port: str) -> list[str]:
        """Ids of the packets an agent handled by a port."""
        return [str(row[0]) for row in self.query(agent, "SELECT packet_id FROM inbox WHERE port = ?", port)]

    def unsent(self, *agents: str) -> int:
        """How many packets wait in outboxes."""
        return sum(len(self.query(agent, "SELECT 1 FROM outbox")) for agent in agents or AGENTS)

    def effects(self, sent: set[str]) -> dict[str, Counter[str]]:
        """Count, by packet that was sent, each effect it had on its way through the fleet."""
        decided = self.query("main_agent", "SELECT packet_id FROM audit WHERE event = 'decision'")
        episodes = self.query("main_agent", "SELECT content FROM episodes WHERE kind = 'decision'")
        remembered = [(_read(content).get("packet_id"),) for (content,) in episodes]
        learned = self.query("tensor_trainer", "SELECT causation_id FROM inbox WHERE port = 'match_outcome'")
        reviewed = self.query("governance_auditor", "SELECT causation_id FROM inbox WHERE port = 'decision'")
        found = {"decided": decided, "remembered": remembered, "learned": learned, "reviewed": reviewed}
        return {
            name: Counter(str(row[0]) for row in rows if str(row[0]) in sent) for name, rows in found.items()
        }


class ServerBooks(Books):
    """The databases of the agents, on PostgreSQL."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls

    def query(self, agent: str, sql: str, *values: object) -> Rows:
        """Ask one database; one without tables has no rows."""
        with psycopg.connect(self._urls[agent], autocommit=True) as connection:
            try:
                return list(connection.execute(sql.replace("?", "%s").encode(), values))
            except psycopg.errors.UndefinedTable:
                return []


def _read(content: Any) -> dict[str, Any]:
    """Read JSON, unless the database has done so."""
    read: dict[str, Any] = json.loads(content) if isinstance(content, str) else content
    return read
