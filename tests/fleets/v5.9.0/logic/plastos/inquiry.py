"""From a PlastOS inquiry to a match request."""

from pydantic import BaseModel

from plastos.scales import (
    FULL_LEAD_TIME_DAYS,
    FULL_PRICE_EUR_PER_KG,
    FULL_QUALITY_POINTS,
    FULL_VOLUME_TONNES,
    falling,
    rising,
)
from qpf_runtime.agent import Agent
from qpf_runtime.turn import Turn

# A late or dear delivery is bargained over; poor material stands the machines still.
IMPORTANCE = {"affordability": 1.5, "quality": 2.0, "speed": 0.5, "volume": 1.0}


class Inquiry(BaseModel):
    """What this translation reads of the record `plastos_inquiry`."""

    record_id: str
    buyer_account: str
    supplier_account: str
    material: str
    volume_tonnes: float
    capacity_tonnes: float
    price_limit: float
    price_offer: float
    quality_needed: float
    quality_rating: float
    lead_time_wanted: int
    lead_time_offered: int
    region: str = "unknown"


def needs(inquiry: Inquiry) -> dict[str, float]:
    """What the buyer needs, as levels; a low price limit is a high need of affordability."""
    return {
        "affordability": falling(inquiry.price_limit, FULL_PRICE_EUR_PER_KG),
        "quality": rising(inquiry.quality_needed, FULL_QUALITY_POINTS),
        "speed": falling(inquiry.lead_time_wanted, FULL_LEAD_TIME_DAYS),
        "volume": rising(inquiry.volume_tonnes, FULL_VOLUME_TONNES),
    }


def capabilities(inquiry: Inquiry) -> dict[str, float]:
    """What the supplier has, on the buyer's scales."""
    return {
        "affordability": falling(inquiry.price_offer, FULL_PRICE_EUR_PER_KG),
        "quality": rising(inquiry.quality_rating, FULL_QUALITY_POINTS),
        "speed": falling(inquiry.lead_time_offered, FULL_LEAD_TIME_DAYS),
        "volume": rising(inquiry.capacity_tonnes, FULL_VOLUME_TONNES),
    }


async def to_match_request(_agent: Agent, turn: Turn) -> None:
    """Leave the fields of a match request among the turn's facts, for `build_packet` to send."""
    inquiry = Inquiry.model_validate(turn.packet.payload())
    turn.facts.update(
        {
            "send_to": "match_request",
            "request_id": f"plastos-{inquiry.record_id}",
            "buyer_id": inquiry.buyer_account,
            "supplier_id": inquiry.supplier_account,
            "needs": dict(needs(inquiry)),
            "capabilities": dict(capabilities(inquiry)),
            "importance": dict(IMPORTANCE),
            # Quality is the one figure that nothing else makes up for.
            "minimum": {"quality": needs(inquiry)["quality"]},
            "attributes": {"domain": "plastos", "material": inquiry.material, "region": inquiry.region},
        }
    )
