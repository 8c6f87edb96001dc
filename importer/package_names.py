"""Packages by import name, where pipreqs' table has none, or an outdated one."""

from collections.abc import Iterable

# The first one gets listed. The others also provide the import, if a comment or a requirements.txt names them.
_PACKAGES = """
attr: attrs
barcode: python-barcode
Bio: biopython
bson: pymongo bson
cairo: pycairo
camelot: camelot-py
community: python-louvain
Crypto: pycryptodome pycrypto
cv2: opencv-python-headless opencv-python opencv-contrib-python opencv-contrib-python-headless
discord: discord.py py-cord nextcord
docker: docker
docx: python-docx
faiss: faiss-cpu faiss-gpu
ffmpeg: ffmpeg-python
fitz: PyMuPDF
gi: PyGObject
gitlab: python-gitlab
grpc: grpcio
hubspot: hubspot-api-client
intuitlib: intuit-oauth
jenkins: python-jenkins
jose: python-jose
kafka: kafka-python kafka-python-ng
magic: python-magic file-magic
mpl_toolkits: matplotlib
mysql: mysql-connector-python
MySQLdb: mysqlclient mysql-python
nacl: PyNaCl
newspaper: newspaper3k newspaper4k
osgeo: GDAL
pdfminer: pdfminer.six
pkg_resources: setuptools
plaid: plaid-python
pptx: python-pptx
psycopg: psycopg[binary]
psycopg2: psycopg2-binary psycopg2
pylab: matplotlib
quickbooks: python-quickbooks
ruamel: ruamel.yaml
shopify: ShopifyAPI
skimage: scikit-image
slack: slackclient
slack_sdk: slack-sdk
socks: PySocks
speech_recognition: SpeechRecognition
tabula: tabula-py
telegram: python-telegram-bot
tlz: toolz
trello: py-trello
umap: umap-learn
whisper: openai-whisper
wx: wxPython
Xlib: python-xlib
google.ai.generativelanguage: google-ai-generativelanguage google-generativeai
google.api_core: google-api-core
google.auth: google-auth
google.genai: google-genai
google.generativeai: google-generativeai
google.oauth2: google-auth
google.protobuf: protobuf
"""
PACKAGES = {module: names.split() for module, _, names in (line.partition(":") for line in _PACKAGES.split("\n")[1:-1])}

BECAUSE = {
    "cv2": "opencv-python needs the libraries of a display, which Lambda lacks",
    "psycopg2": "psycopg2 itself would need to be compiled",
}

_DROPPED = """
aifc asynchat asyncore audioop cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap msilib nis nntplib ossaudiodev
pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib
"""
_OF_WINDOWS = (
    "pythoncom pywintypes win32api win32clipboard win32com win32con win32file win32gui win32process win32service"
)
UNAVAILABLE = {
    **dict.fromkeys(_DROPPED.split(), "Python 3.13 no longer has this module, and its import fails"),
    **dict.fromkeys(_OF_WINDOWS.split(), "it is for Windows only, and its import fails"),
}

NAMESPACES = ("google", "azure")
"""Many packages share these names, so the name alone does not identify the package."""


def namespaced(modules: Iterable[str]) -> set[str]:
    """The most specific parts of imports such as google.cloud and google.cloud.storage.Client: google.cloud.storage."""
    parts = {".".join(module.split(".")[:3]) for module in modules if module.split(".")[0] in NAMESPACES}
    return {module for module in parts if not any(other.startswith(f"{module}.") for other in parts)}


def brings(package: str, module: str) -> bool:
    """Whether a package of a namespace is named like an import: google-cloud-pubsub, google.cloud.pubsub_v1."""
    words = module.split(".")
    prefixes = {"".join(words[:count]) for count in range(2, len(words) + 1)}
    return package.replace("-", "") in {_plain(prefix) for prefix in prefixes}


def _plain(name: str) -> str:
    stem, _, version = name.rpartition("_v")
    if stem and version[:1].isdigit():
        name = stem
    return name.replace("_", "").lower()
