"""The base schemas of a synthetic fleet: most of the twelve sections."""

from benchmarks.fleet_files import COMPONENTS, SCHEMA

IMPORTS = tuple(sorted({component.partition(":")[0] for component in COMPONENTS} | {"building"}))


def base(name: str) -> str:
    """A base schema: most of the twelve sections."""
    imports = "".join(f"    - qpf_runtime.components.{module}\n" for module in IMPORTS)
    return f"""\
name: {name}
schema_version: {SCHEMA}
role: What every {name.replace("_", " ")} has in common.
system:
  title: {name.replace("_", " ").title()}
  owner: platform-team
  criticality: medium
  version: {SCHEMA}
  tags: [{name.replace("_", "-")}]
integration:
  imports:
{imports}  methods:
    build_reply:
      description: Answer with what was decided.
      implementation: qpf_runtime.components.building:build_reply
governance:
  mode: hybrid
  humanoverride: true
  anchors: [governance-board]
  thresholds:
    confidence: 0.6
  escalationpolicy:
    channel: governance
    contacts: [governance-board, platform-team]
    timeout_minutes: 30
    on_timeout: escalate
  escalationtriggers:
    - name: low_confidence
      metric: confidence
      below: 0.6
      action: escalate
      severity: medium
  audittrail: true
memorytopology:
  workingmemory:
    storagetype: redis
    ttl_hours: 1.0
    keyspace: "agent_v6:{name}:*"
    purpose: State of the task at hand.
  episodicmemory:
    storagetype: postgresql
    retention: 90 days
    purpose: Tasks, decisions and outcomes.
  semanticmemory:
    storagetype: none
  causalmemory:
    storagetype: none
  archive:
    storagetype: none
communicationstack:
  protocol: PacketEnvelope
reasoningengine:
  primary_model: "offline:deterministic"
  modelversion: "1"
  strategymodes: [weighted_evidence]
  temporalscope: 30 days
  temperature: 0.0
  max_tokens: 1024
  instructions: Weigh the evidence and say how sure you are.
  weights:
    score: 1.0
collaborationnetwork:
  pattern: hierarchical
  role: member
learningsystem:
  enabled: false
  drift_detection_threshold: 0.05
  update_interval_hours: 24.0
worldmodelintegration:
  enabled: false
  fallback: default_context
cursorinstructions:
  generatefiles: []
  generatetests: []
  linkexisting: []
deployment:
  replicas: 1
  port: 8080
  log_level: INFO
  apimode: private
  auth_required: true
  timeout_ms: 2000
  decisionlatencymaxms: 500
  resources:
    requests: {{cpu: 250m, memory: 256Mi}}
    limits: {{cpu: "1", memory: 512Mi}}
  health_monitoring:
    interval_seconds: 10
    liveness_probe: {{endpoint: /health, timeout_ms: 1000}}
    readiness_probe: {{endpoint: /ready, timeout_ms: 1000}}
    startup_probe: {{endpoint: /startup, timeout_ms: 5000}}
  graceful_shutdown_timeout: 30
metadata:
  owner: platform-team
  description: What every {name.replace("_", " ")} has in common.
"""
