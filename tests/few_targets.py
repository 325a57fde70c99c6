"""Some of the targets, of levels, rates, flows and shares: what is done with each of them shows as
much as what is done with all forty, of which each conditions anew."""

FEW_TARGETS = {"nvidia_compute_sold", "openai_revenue", "rent", "rent_2026", "opinion_gartner"}
