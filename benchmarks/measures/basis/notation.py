r"""The formulas of the measures in LaTeX, by the measure's name; of a family (`coverage@0.9`) by its name.

R replications count (their denominator says which), i is one of them; \hat\theta_i its estimate, \bar\theta the mean of
the estimates, \theta the true value, s_i the standard error reported, [l_i, u_i] the interval, p_i the p-value, \alpha
the level of the tests, 1(.) is 1 where its condition holds and 0 where not. An index r marks the reference method,
and a star the limit: what the method gives for infinitely many answers, with an index i to the items kept in i.
"""

_MEAN = r"\frac{1}{R} \sum_i "


def _rate(happened: str) -> str:
    return f"{_MEAN}1({happened})"


_ENDLESS = r", \text{on the line in } 1/B \text{ at } 1/B = 0"

FORMULAS: dict[str, str] = {
    "convergence_rate": _rate(r"\text{converged}_i"),
    "inadmissibility_rate": _rate(r"\text{inadmissible}_i"),
    "usable_rate": _rate(r"\text{converged}_i \text{ and admissible}_i"),
    "respondents_used": _MEAN + "n_i",
    "resamples_lost": _MEAN + r"(B - \text{usable resamples}_i)",
    "resamples_inadmissible": _MEAN + r"\text{inadmissible resamples}_i",
    "empirical_se": r"\sqrt{\frac{1}{R - 1} \sum_i (\hat\theta_i - \bar\theta)^2}",
    "bias": _MEAN + r"(\hat\theta_i - \theta)",
    "rmse": r"\sqrt{\frac{1}{R} \sum_i (\hat\theta_i - \theta)^2}",
    "relative_bias": _MEAN + r"(\hat\theta_i - \theta) / \theta",
    "mean": _MEAN + r"\hat\theta_i",
    "median": r"\text{median}_i \hat\theta_i",
    "median_bias": r"\text{median}_i (\hat\theta_i - \theta)",
    "relative_median_bias": r"\text{median}_i (\hat\theta_i - \theta) / \theta",
    "trimmed_bias": r"\text{trimmed mean}_i (\hat\theta_i - \theta)",
    "mean_absolute_error": _MEAN + r"|\hat\theta_i - \theta|",
    "mean_model_se": r"\sqrt{\frac{1}{R} \sum_i s_i^2}",
    "mean_se": _MEAN + "s_i",
    "relative_error_model_se": r"\sqrt{\frac{1}{R} \sum_i s_i^2} / \sqrt{\frac{1}{R - 1} \sum_i (\hat\theta_i - "
    r"\bar\theta)^2} - 1",
    "coverage": _rate(r"l_i \leq \theta \leq u_i"),
    "coverage_where_given": _rate(r"l_i \leq \theta \leq u_i \text{ of those that have an interval}"),
    "power": _rate(r"p_i < \alpha") + r", \theta \neq 0",
    "type_1_error": _rate(r"p_i < \alpha") + r", \theta = 0",
    "rejection_rate": _rate(r"p_i < \alpha"),
    "interval_rejection_rate": _rate(r"\theta_0 < l_i \text{ or } \theta_0 > u_i"),
    "cutoff_rate": _rate(r"\hat\theta_i \text{ beyond the cut-off}"),
    "interval_above": _rate(r"l_i > \theta"),
    "interval_below": _rate(r"u_i < \theta"),
    "interval_width": _MEAN + "(u_i - l_i)",
    "finite_bias": _MEAN + r"(\hat\theta_i - \theta_i)",
    "finite_empirical_se": r"\sqrt{\frac{1}{R - 1} \sum_i (\hat\theta_i - \theta_i - \text{mean})^2}",
    "finite_rmse": r"\sqrt{\frac{1}{R} \sum_i (\hat\theta_i - \theta_i)^2}",
    "finite_coverage": _rate(r"l_i \leq \theta_i \leq u_i"),
    "limit_before_cut": r"\hat\theta(\Sigma \text{ of continuous answers})",
    "limit_after_cut": r"\hat\theta(\Sigma \text{ of answers in categories})",
    "misspecification": r"\hat\theta(\Sigma \text{ of answers in categories}) - \theta",
    "bias_from_limit": _MEAN + r"\hat\theta_i - \hat\theta(\Sigma \text{ of answers in categories})",
    "known_at_claim": _MEAN + r"\text{themes known}_i / \text{themes}",
    "claimed_after": _MEAN + r"\text{interviews at the claim}_i",
    "right_80": _rate(r"\text{known}_i \geq 0.80"),
    "right_90": _rate(r"\text{known}_i \geq 0.90"),
    "right_95": _rate(r"\text{known}_i \geq 0.95"),
    "right_all": _rate(r"\text{known}_i = 1"),
    "drop_rate": _rate(r"\text{item dropped}_i"),
    "items_dropped": _MEAN + r"\text{items dropped}_i",
    "many_dropped": _rate(r"\text{items dropped}_i \text{ at least so many}"),
    "block_short": _rate(r"\text{a block has too few items}_i"),
    "screening_shift": _MEAN + r"(\hat\theta_i \text{ with the rule} - \hat\theta_i \text{ without})",
    "quantile": r"\text{quantile}_i \hat\theta_i",
    "error_quantile": r"\text{quantile}_i (\hat\theta_i - \theta)",
    "bias_difference": _MEAN + r"(\hat\theta_i - \hat\theta_{ri})",
    "absolute_error_difference": _MEAN + r"(|\hat\theta_i - \theta| - |\hat\theta_{ri} - \theta|)",
    "relative_efficiency": r"\sum_i (\hat\theta_{ri} - \bar\theta_r)^2 / \sum_i (\hat\theta_i - \bar\theta)^2",
    "mse_ratio": r"\sum_i (\hat\theta_i - \theta)^2 / \sum_i (\hat\theta_{ri} - \theta)^2",
    "coverage_difference": _MEAN + r"(1(l_i \leq \theta \leq u_i) - 1(l_{ri} \leq \theta \leq u_{ri}))",
    "power_difference": _MEAN + r"(1(p_i < \alpha) - 1(p_{ri} < \alpha)), \theta \neq 0",
    "type_1_error_difference": _MEAN + r"(1(p_i < \alpha) - 1(p_{ri} < \alpha)), \theta = 0",
    "width_difference": _MEAN + r"((u_i - l_i) - (u_{ri} - l_{ri}))",
    "width_ratio": r"\sum_i (u_i - l_i) / \sum_i (u_{ri} - l_{ri})",
    "coverage_of_limit": _rate(r"l_i \leq \theta_i^* \leq u_i"),
    "type_s_error": r"\sum_i 1(p_i < \alpha, \hat\theta_i \theta < 0) / \sum_i 1(p_i < \alpha)",
    "type_m_error": r"\sum_i 1(p_i < \alpha) |\hat\theta_i / \theta| / \sum_i 1(p_i < \alpha)",
    "at_most_printed": _rate(r"\hat\theta_i \leq \text{the printed value}"),
    "test_and_interval_disagree": _rate(r"\text{the test finds it, and the interval has 0, or the other way round}"),
    "extrapolated_coverage": _rate(r"l_i \leq \theta \leq u_i") + _ENDLESS,
    "extrapolated_power": _rate(r"p_i < \alpha") + r", \theta \neq 0" + _ENDLESS,
    "extrapolated_type_1_error": _rate(r"p_i < \alpha") + r", \theta = 0" + _ENDLESS,
    "extrapolated_width": _MEAN + "(u_i - l_i)" + _ENDLESS,
    "step_method": r"\theta^*(\text{all items, continuous answers}) - \theta",
    "step_scale": r"\theta^*(\text{all items, categories}) - \theta^*(\text{all items, continuous answers})",
    "step_rule": _MEAN + r"\theta_i^* - \theta^*(\text{all items, categories})",
    "step_chance": _MEAN + r"(\hat\theta_i - \theta_i^*)",
    "selection_inflation": _MEAN + r"((\hat\theta_i - \theta_i^*) - (\text{the same without the decision}))",
    "group_any_dropped": _rate(r"\text{an item of the group dropped}_i"),
    "group_items_lost": _MEAN + r"\text{items of the group dropped}_i",
    "group_size": r"\text{items of the group}",
    "any_dropped": _rate(r"\text{items dropped}_i > 0"),
    "count_rate": _rate(r"\text{items dropped}_i \text{ are just so many}"),
    "set_rate": _rate(r"\text{items dropped}_i \text{ are just these}"),
    "set_all_dropped": _rate(r"\text{all items of the set dropped}_i"),
    "set_any_dropped": _rate(r"\text{an item of the set dropped}_i"),
    "set_exactly_dropped": _rate(r"\text{all items of the set dropped}_i \text{ and no other}"),
    "jaccard": r"\text{mean over pairs of replications of items kept in both} / \text{items kept in either}",
    "stability": r"1 - \text{mean variance of an item being kept} / (k/p (1 - k/p)), k \text{ items kept on average}",
    "score_validity": _MEAN + r"\text{correlation of score}_i \text{ and construct}",
    "score_validity_all_items": r"\text{correlation of the score of all items and the construct}",
    "model_changed": _rate(r"\text{model}_i \text{ is not the one fitted first}"),
    "true_model": _rate(r"\text{model}_i \text{ is the true one}"),
    "model_rate": _rate(r"\text{changes of model}_i \text{ are just these}"),
    "bias_eliminated_coverage": _rate(r"l_i \leq \bar\theta \leq u_i"),
    "size_adjusted_power": _rate(r"p_i < \alpha^*"),
}
#: What the letters mean, in words.
LETTERS = (
    "R replications count, i is one of them; θ̂ᵢ is its estimate, θ̄ the mean of the estimates, θ the true value, sᵢ the "
    "standard error reported, [lᵢ, uᵢ] the interval, pᵢ the p-value, α the level of the tests; 1(·) is 1 where its "
    "condition holds and 0 where not; θ* is what the method gives for infinitely many answers, θᵢ* to the items kept "
    "in i."
)
#: The Monte Carlo standard errors, in words.
ERRORS = (
    "Monte Carlo standard errors: of a rate p the root of p(1 − p)/R, with Wilson's interval; of a mean the standard "
    "deviation over the root of R; of spreads, roots and ratios by the delta method (Morris, White & Crowther 2019, "
    "Table 6; of the empirical SE with the fourth moment); of quantiles after Maritz & Jarrett (1978)."
)


def formula(name: str) -> str:
    """The formula of a measure in LaTeX; empty where none is told, as of a study's own measures."""
    return FORMULAS.get(name.partition("@")[0], "")
