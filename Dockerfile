# One image for web, workers and scheduler; docker-compose.yml says which command each runs.
FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
RUN pip install --no-cache-dir uv
WORKDIR /app
COPY requirements/base.lock requirements/base.lock
RUN uv venv --python python3 .venv \
 && VIRTUAL_ENV=/app/.venv uv pip sync --require-hashes --compile-bytecode requirements/base.lock

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 ratings && useradd --uid 10001 --gid ratings --create-home ratings \
 && install -d -o ratings -g ratings /var/lib/ratings /var/lib/ratings/media /var/cache/ratings
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY . .
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 \
    VAR_DIR=/var/lib/ratings MEDIA_ROOT=/var/lib/ratings/media STATIC_ROOT=/app/staticfiles \
    NUMBA_CACHE_DIR=/var/cache/ratings
RUN python manage.py collectstatic --noinput --verbosity=0
USER ratings
EXPOSE 8000
CMD ["gunicorn", "ratings_site.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60"]
