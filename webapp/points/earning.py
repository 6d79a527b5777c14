"""What a bill is worth in points, as a sum that explains itself: fen × rate × tier × campaign, rounded down once (D1, D3)."""

from typing import Any, NamedTuple

from webapp.policy import Policy


class Earned(NamedTuple):
    """`points` whole points; `inputs` what they were worked out from, kept with the line for ever."""

    points: int
    inputs: dict[str, Any]


def earned(
    policy: Policy,
    policy_version: int,
    amount: int,
    tier: str,
    *,
    campaign: int = 100,
    why: str = "",
    name: dict[str, str] | None = None,
) -> Earned:
    """Points for a bill of `amount` fen. Rates are hundredths: 100 is ×1; `campaign` is the best of double points and the birthday, `why` which."""
    inputs: dict[str, Any] = {
        "amount": amount,
        "rate": policy.point_rate,
        "tier": tier,
        "tier_rate": policy.tier_rate(tier),
        "policy": policy_version,
    }
    if campaign != 100:
        inputs |= {"times": campaign, "why": why} | ({"campaign": name} if name else {})
    return Earned(_points(inputs, amount), inputs)


def earned_again(inputs: dict[str, Any], amount: int) -> int:
    """What `amount` would have earned under the numbers a line was made with: a refund takes back the difference."""
    return _points(inputs, amount)


def _points(inputs: dict[str, Any], amount: int) -> int:
    return int(amount * inputs["rate"] * inputs["tier_rate"] * inputs.get("times", 100)) // 100**4
