"""Downloads a file to /tmp. Returns its name and its path. Stands for the Pipedream action
helper_functions-download-file-to-tmp.
"""

import shutil

import urllib3


def handler(pd):
    url = pd.inputs["url"]
    filename = pd.inputs["filename"]
    path = f"/tmp/{filename}"
    retries = urllib3.Retry(5, respect_retry_after_header=False)
    with urllib3.PoolManager().request("GET", url, preload_content=False, retries=retries) as answer:
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{url.partition('?')[0]} answered {answer.status}: {answer.read(1000)!r}")
        with open(path, "wb") as file:
            shutil.copyfileobj(answer, file)
    return [filename, path]
