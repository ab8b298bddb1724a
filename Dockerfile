# One image for all four services; the command says which: serve intake, migrate intake, account add …
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN groupadd --gid 10001 baitong \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent baitong

COPY requirements/run.txt requirements/run.txt
RUN pip install --require-hashes -r requirements/run.txt

COPY services/ services/
COPY shared/ shared/
COPY districts/ districts/
COPY deploy/make_secrets.sh deploy/make_secrets.sh
# A checkout may be readable by its owner only; the service is somebody else.
RUN chmod -R a+rX . && python -m compileall -q services shared

# A new volume takes over this folder's owner: where intake keeps what people upload.
RUN install -d -o baitong -g baitong -m 700 /uploads

USER baitong
EXPOSE 8000
ENTRYPOINT ["python", "-m", "services"]
