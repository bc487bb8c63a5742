"""Practice: what should I do with my facts?"""

from factrank.face import face

_HOME = {  # what the chapters of the book use of this room -> where it stands
    "agreements": "audit.relation_costs",
    "costs": "audit.relation_costs",
    "count_findings": "findings.counted:audit",
    "draft": "cleaning.draft",
    "normalize": "cleaning.normalize",
    "parse_decisions": "cleaning.decisions:parse",
    "report": "audit.report",
    "report_lines": "audit.report:lines",
    "rows_digest": "cleaning.normalize",
    "table_text": "cleaning.trail",
    "trail_lines": "cleaning.trail",
    "undo": "cleaning.trail",
}
__getattr__ = face(__name__, _HOME)
