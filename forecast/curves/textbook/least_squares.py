"""Plain least squares for one family, without priors: many series at once (Levenberg–Marquardt)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.curves.families import Array
from forecast.curves.textbook.axes import Axes, axes_of
from forecast.curves.textbook.formulas import FORMULAS, Formula
from forecast.errors import InputError, Problem, did_you_mean

MOST_STEPS = 500
_CACHE = 25000  # figures worked on at once, so that their arrays stay in the processor's cache
_STARTS = 6  # guesses that a fit without a start sets out from, those nearest to the figures
_TIGHT = 1e-8  # change of all parameters, on axes of order one, at which a fit stops
_NEAR_ZERO = 1e-2  # parameters below this count as this much in it
_OPTIMAL = 1e-8  # part of the loss that a last step could still save at an optimum
_EXACT = (
    1e-26  # the same over the sum of squares of the figures, where nothing is left but rounding
)
_TOLD_APART = 1e-12  # what is left of a parameter's effect on the curve once the others have theirs
_FLAT = 1e-14  # relative rise of the loss that is only rounding
_EASIER, _HARDER = 0.2, 4.0  # factors of the damping after a step that helped, or did not
_SOFTEST, _SOFT, _HARDEST = 1e-14, 1e-3, 1e14  # a step is small for being damped above the middle

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class LeastSquares:
    """Fits of one family: parameters and standard errors (series, parameters), residual sum of
    squares and whether an optimum was reached (series,). `formula` says what the parameters mean.

    An exponential's `a`, its level at x = 0, can be far outside the figures, and even outside the
    range of floating-point numbers (0 or infinity then); `value` knows the curve all the same.
    `axes` and `found` are the parameters as they were fitted.
    """

    family: str
    formula: str
    names: tuple[str, ...]
    parameters: Array
    standard_errors: Array
    residual_sum_of_squares: Array
    converged: Flags
    axes: Axes
    found: Array

    def value(self, x: Array) -> Array:
        """Return the fitted curves at `x` (points,): (series, points)."""
        at = self.axes.x(np.asarray(x, dtype=float))
        return self.axes.size[:, None] * FORMULAS[self.family].value(at, self.found)


@dataclass(frozen=True)
class CurveParameters:
    """The least-squares fit of one series: parameters and their standard errors by name."""

    family: str
    formula: str
    parameters: dict[str, float]
    standard_errors: dict[str, float]
    residual_sum_of_squares: float
    converged: bool


def fit_curve(
    x: Sequence[float] | Array,
    y: Sequence[float] | Array,
    family: str,
    start: Sequence[float] | None = None,
) -> CurveParameters:
    """Return the least-squares fit of one family to the figures `y` at `x`, without priors.

    The fit is the same in any units of x and y and from any origin of x, but that Bass's curve and
    the saturating exponential begin at x = 0. `start` are starting values of the parameters, in the
    order of the family's formula; without them they are found from straight lines in the family's
    link. Raises InputError for figures that are not finite, all alike, or at fewer different x than
    the formula has parameters, and for an unknown family.

    Example:
        >>> fitted = forecast.fit_curve([1, 2, 3, 4, 5], [0.1, 0.25, 0.5, 0.75, 0.9], "logistic")
        >>> fitted.formula
        'y = b1 / (1 + exp(b2 − b3 x))'
        >>> {name: round(value, 3) for name, value in fitted.parameters.items()}
        {'b1': 1.0, 'b2': 3.296, 'b3': 1.099}
    """
    row = np.asarray(y, dtype=float)[None]
    fit = fit_curves(
        x, row, family, None if start is None else np.asarray(start, dtype=float)[None]
    )
    return CurveParameters(
        family=family,
        formula=fit.formula,
        parameters=dict(zip(fit.names, fit.parameters[0].tolist(), strict=True)),
        standard_errors=dict(zip(fit.names, fit.standard_errors[0].tolist(), strict=True)),
        residual_sum_of_squares=float(fit.residual_sum_of_squares[0]),
        converged=bool(fit.converged[0]),
    )


def fit_curves(
    x: Sequence[float] | Array,
    y: Array,
    family: str,
    start: Array | None = None,
    most_steps: int = MOST_STEPS,
) -> LeastSquares:
    """Return the least-squares fits of one family to many series `y` (series, points) at `x`.

    `start` is (series, parameters) or (1, parameters); after `most_steps` a fit that has not
    converged is given up as it stands. Raises InputError as `fit_curve` does.
    """
    at, values = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    _check(at, values, family, start)
    formula = FORMULAS[family]
    axes = axes_of(formula, at, values)
    at, values = axes.x(at), values / axes.size[:, None]
    if start is None:
        found = _fitted_from_guesses(formula, at, values, most_steps)
    else:
        shape = (len(values), len(formula.parameters))
        begun = axes.inward(formula, np.array(np.broadcast_to(start, shape), dtype=float))
        found = _minimise_all(formula, at, values, begun, most_steps)
    with np.errstate(all="ignore"):
        gradient, residual, loss = _evaluate(formula, at, values, found)
        freedom = max(at.size - len(formula.parameters), 1)
        spread = axes.variances(formula, found, _inverse(gradient))
        errors = np.sqrt(np.maximum(spread, 0.0) * (loss / freedom)[:, None])
        converged = _is_optimum(gradient, residual, loss, values)
        parameters = axes.outward(formula, found)
    return LeastSquares(
        family,
        formula.text,
        formula.parameters,
        parameters,
        errors,
        loss * axes.size**2,
        converged,
        axes,
        found,
    )


def _check(x: Array, y: Array, family: str, start: Array | None) -> None:
    if family not in FORMULAS:
        hint = did_you_mean(family, FORMULAS)
        raise InputError(Problem("fit_curve", "family", family, "a family with a formula", hint))
    count = len(FORMULAS[family].parameters)
    problems = []
    if x.ndim != 1 or y.shape[1:] != x.shape:
        found, wanted = f"{x.shape} and {y.shape[1:]}", "one y for each x"
        problems.append(Problem("fit_curve", "x, y", found, wanted))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        problems.append(Problem("fit_curve", "x, y", "nan or infinite", "finite numbers"))
    if (different := np.unique(x).size) < count:
        wanted = f"at least {count}, one for each parameter"
        problems.append(Problem("fit_curve", "different x", str(different), wanted))
    if y.ndim == 2 and y.size and (np.ptp(y, axis=1) == 0.0).any():
        problems.append(Problem("fit_curve", "y", "all alike", "figures that differ"))
    if start is not None and start.shape[-1] != count:
        wanted = f"{count}: {', '.join(FORMULAS[family].parameters)}"
        problems.append(Problem("fit_curve", "start", f"{start.shape[-1]} values", wanted))
    if problems:
        raise InputError(problems)


def _amplified(formula: Formula, x: Array, y: Array, guess: Array) -> Array:
    """Return the guess with its size, where one parameter alone sets it, solved for."""
    if formula.linear != (0,):
        return guess
    shape = formula.gradient(x, guess)[0]
    size = np.sum(shape * shape, axis=1)
    amplitude = np.sum(shape * y, axis=1) / np.where(size > 0.0, size, 1.0)
    usable = np.isfinite(amplitude) & (amplitude > 0.0)
    return np.column_stack([np.where(usable, amplitude, guess[:, 0]), guess[:, 1:]])


def _fitted_from_guesses(formula: Formula, x: Array, y: Array, most_steps: int) -> Array:
    """Return the parameters with the least loss that the guesses nearest to the figures lead to."""
    series = np.arange(len(y))
    with np.errstate(all="ignore"):
        guesses = np.stack([_amplified(formula, x, y, each) for each in formula.guesses(x, y)])
        losses = np.stack([_loss(formula, x, y, guess) for guess in guesses])
        nearest = np.argsort(losses, axis=0, kind="stable")[:_STARTS]
        begun = guesses[nearest, series].reshape(-1, guesses.shape[-1])
        copies = np.tile(y, (len(nearest), 1))
        found = _minimise_all(formula, x, copies, begun, most_steps)
        best = np.argmin(_loss(formula, x, copies, found).reshape(nearest.shape), axis=0)
    return np.asarray(found.reshape(*nearest.shape, -1)[best, series])


def _loss(formula: Formula, x: Array, y: Array, parameters: Array) -> Array:
    """Return the sums of squares of the residuals, infinite where they are no numbers."""
    loss = np.sum((y - formula.value(x, parameters)) ** 2, axis=1)
    return np.where(np.isfinite(loss), loss, np.inf)


def _minimise_all(formula: Formula, x: Array, y: Array, guess: Array, most_steps: int) -> Array:
    """Return the parameters of all series, a cache's worth of them at a time."""
    together = max(1, _CACHE // max(x.size, 1))
    parts = []
    for start in range(0, len(y), together):
        part = slice(start, start + together)
        begun = _amplified(formula, x, y[part], guess[part])
        parts.append(_minimise(formula, x, y[part], begun, most_steps))
    return np.concatenate(parts)


def _minimise(formula: Formula, x: Array, y: Array, start: Array, most_steps: int) -> Array:
    """Return the parameters at which steps of least squares come to rest (Marquardt 1963)."""
    found = start.copy()
    active = np.arange(len(y))
    here, figures, damping = start.copy(), y, np.full(len(y), 1e-3)
    gradient, residual, loss = _evaluate(formula, x, figures, here)
    for _ in range(most_steps):
        step = _step(gradient, residual, damping)
        trial = here + step
        with np.errstate(all="ignore"):
            new_gradient, new_residual, new_loss = _evaluate(formula, x, figures, trial)
        better = new_loss <= loss
        level = ~better & (new_loss <= loss * (1.0 + _FLAT))
        small = np.all(np.abs(step) <= _TIGHT * np.maximum(np.abs(here), _NEAR_ZERO), axis=1)
        if better.all():
            here, gradient, residual, loss = trial, new_gradient, new_residual, new_loss
        else:
            here = np.where(better[:, None], trial, here)
            gradient = np.where(better[:, None], new_gradient, gradient)
            residual = np.where(better[:, None], new_residual, residual)
            loss = np.where(better, new_loss, loss)
        damping = np.maximum(damping * np.where(better, _EASIER, _HARDER), _SOFTEST)
        done = (small & (damping <= _SOFT)) | level | (damping > _HARDEST)
        if done.any():
            found[active[done]] = here[done]
            left = ~done
            active, here, figures, damping = active[left], here[left], figures[left], damping[left]
            gradient, residual, loss = gradient[:, left], residual[left], loss[left]
            if active.size == 0:
                break
    found[active] = here
    return found


def _is_optimum(gradient: Array, residual: Array, loss: Array, y: Array) -> Flags:
    """Return whether fits (series,) are at an optimum and not merely at rest.

    The residuals must be orthogonal to what the parameters can do (Bates and Watts 1981): one more
    step of Gauss and Newton would save next to nothing. And the parameters must be told apart:
    on the way to an optimum at infinity they are not.
    """
    normal, scale = _normal(gradient)
    right = np.einsum("psn,sn->ps", gradient, residual) / scale
    saved = np.sum(right * _solve(normal, right[:, None].copy())[:, 0], axis=0)
    least = np.maximum(_OPTIMAL * loss, _EXACT * np.sum(y * y, axis=1))
    pivots = np.einsum("pps->ps", normal)  # what elimination has left of the diagonal
    return np.asarray((saved <= least) & (pivots.min(axis=0) > _TOLD_APART) & np.isfinite(loss))


def _evaluate(
    formula: Formula, x: Array, y: Array, parameters: Array
) -> tuple[Array, Array, Array]:
    """Return gradient, residuals and their sum of squares."""
    gradient = formula.gradient(x, parameters)
    residual = y.copy()
    for index in formula.linear:
        residual -= parameters[:, index, None] * gradient[index]
    if not formula.linear:
        residual -= formula.value(x, parameters)
    return gradient, residual, np.einsum("sn,sn->s", residual, residual)


def _step(gradient: Array, residual: Array, damping: Array) -> Array:
    """Return the step of each series, (series, parameters)."""
    normal, scale = _normal(gradient)
    right = np.einsum("psn,sn->ps", gradient, residual) / scale
    for index in range(len(gradient)):
        normal[index, index] += damping
    return np.asarray((_solve(normal, right[:, None])[:, 0] / scale).T)


def _inverse(gradient: Array) -> Array:
    """Return the inverse of the normal matrix, (parameters, parameters, series)."""
    normal, scale = _normal(gradient)
    identity = np.broadcast_to(np.eye(len(gradient))[..., None], normal.shape).copy()
    return np.asarray(_solve(normal, identity) / (scale[:, None] * scale[None]))


def _normal(gradient: Array) -> tuple[Array, Array]:
    """Return the normal matrix (parameters, parameters, series) of columns of length one, and the
    lengths they had, (parameters, series).
    """
    normal = np.einsum("psn,qsn->pqs", gradient, gradient)
    scale = np.sqrt(np.maximum(np.einsum("pps->ps", normal), 1e-300))
    normal /= scale[:, None] * scale[None]
    normal[np.arange(len(normal)), np.arange(len(normal))] += 1e-15
    return normal, scale


def _solve(normal: Array, right: Array) -> Array:
    """Solve for all series, (parameters, parameters, series) and (parameters, columns, series).

    By elimination, which leaves its pivots on the diagonal of `normal`: for a few unknowns and many
    series this is many times faster than a call for each, and a positive definite matrix needs no
    pivoting.
    """
    size = len(normal)
    for pivot in range(size):
        for row in range(pivot + 1, size):
            factor = normal[row, pivot] / normal[pivot, pivot]
            normal[row, pivot:] -= factor * normal[pivot, pivot:]
            right[row] -= factor * right[pivot]
    found = np.empty_like(right)
    for row in range(size - 1, -1, -1):
        known = sum(normal[row, other] * found[other] for other in range(row + 1, size))
        found[row] = (right[row] - known) / normal[row, row]
    return found
