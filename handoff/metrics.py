"""What the service counts, for /metrics."""

from prometheus_client import Counter, Gauge, Histogram

messages = Counter("devir_messages_total", "Messages stored", ["author"])
turns = Counter("devir_turns_total", "Turns of the bot by outcome", ["outcome"])
turn_seconds = Histogram(
    "devir_turn_seconds",
    "Seconds from asking the bot to storing its answer",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20),
)
handoffs = Counter("devir_handoffs_total", "Conversations handed to the queue", ["reason"])
complaints = Counter("devir_complaints_total", "Complaints taken down", ["category"])
cases = Counter("devir_cases_total", "Cases about deliveries opened by the bot", ["kind"])
wrong_proofs = Gauge("devir_wrong_proofs", "Wrong proofs of orders in the last fifteen minutes")
operations = Counter(
    "devir_operations_total", "Operations of agents with orders", ["name", "outcome"]
)
suppressed = Counter("devir_suppressed_answers_total", "Bot answers that came too late to be shown")
sockets = Gauge("devir_sockets", "Open sockets", ["side"])
