"""Where the other side dials in."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException, RequestDataTooBig
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kusei.base.kernel.pages import page
from kusei.base.line import exchange, keys
from kusei.base.line.actions import PURPOSE
from kusei.base.line.frames import Unfit
from kusei.base.line.ways import TYPE


@csrf_exempt  # nobody is signed in here: the signature of the frame is what counts
@never_cache
@require_POST
@page(who="public", purpose=PURPOSE)
def swap(request: HttpRequest) -> HttpResponse:
    """Take a frame of the other side, answer with one of ours. What is refused is answered with 400 and a reason, and audited."""
    try:
        exchange.take(request.body, request.now, came=request.META.get("REMOTE_ADDR", ""))
        frame, _more = exchange.make(request.now)
    except (RequestDataTooBig, RawPostDataException) as error:
        reason = "a frame is too large" if isinstance(error, RequestDataTooBig) else "a form in place of a frame"
        exchange.refuse(reason, request.META.get("REMOTE_ADDR", ""), request.now)
        return JsonResponse({"error": reason}, status=400)
    except Unfit as unfit:
        return JsonResponse({"error": str(unfit)}, status=400)
    except keys.NoLineKey as error:
        return JsonResponse({"error": str(error)}, status=503)
    return HttpResponse(frame, content_type=TYPE)
